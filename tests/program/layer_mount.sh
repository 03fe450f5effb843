#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `foliostorm mount` from outside: it returns when the mount is usable, says why it is not, and ends
# in every way. The conditions given to check() are expanded when it evaluates them.
# shellcheck disable=SC2016
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

top=$scratch
failures=0
trap 'umount -ql "$top/mount" "$top/xfs" "$top/small" "$top/connections" 2>/dev/null || true
	rm -rf "$scratch"' EXIT
mkdir "$top"/{xfs,mount}
truncate -s 512M "$top/image"
mkfs.xfs -q "$top/image" || skip "mkfs.xfs is not installed"
mount -o loop "$top/image" "$top/xfs"
mkdir "$top"/xfs/{a,b}

# mounts CODE TEXT ARGUMENTS...: `mount ARGUMENTS` exits with CODE and says TEXT.
mounts() {
	local code=$1 text=$2 got=0
	shift 2
	timeout 20 "$foliostorm" mount "$@" >"$top/err" 2>&1 </dev/null || got=$?
	if [ $got != "$code" ] || ! grep -q -- "$text" "$top/err"; then
		echo "FAILED: mount $*: exit code $got, wanted $code and \"$text\", got:" \
			"$(cat "$top/err")"
		failures=$((failures + 1))
	fi
}

check() {
	if ! eval "$1"; then
		echo "FAILED: $1"
		failures=$((failures + 1))
	fi
}

mounted() {
	grep -q "^foliostorm $top/mount fuse.foliostorm " /proc/mounts
}

# It says so when it is through with its beginning; until then its own look at the mountpoint may
# make that busy.
says_it_is_mounted() {
	grep -q 'data path' "$top/err"
}

server() {
	processes "^$foliostorm mount " | cut -d ' ' -f 1
}

gone() {
	waits_for is_gone "^$foliostorm mount "
}

mounts 2 'which SOURCE and MOUNTPOINT'
mounts 2 'which MOUNTPOINT' "$top/xfs"
mounts 2 'allowed: passthrough, mixed, daemon' --data-path fast "$top/xfs" "$top/mount"
mounts 2 'allowed: 1 to 256' --threads 0 "$top/xfs" "$top/mount"
mounts 2 'allowed: --data-path daemon, or --cache always' --cache writeback "$top/xfs" "$top/mount"
mounts 2 'allowed: none, auto, always, writeback' --cache some "$top/xfs" "$top/mount"
mounts 0 'Usage: ' --help
mounts 2 'source .*absent: there is no such directory' "$top/absent" "$top/mount"
mounts 2 'mountpoint .*absent: there is no such directory' "$top/xfs" "$top/absent"
mounts 2 'mountpoint .*image: is not a directory' "$top/xfs" "$top/image"
mounts 4 'lies in the source' "$top" "$top/mount"
check '! mounted'

# What is recorded overwrites nothing, and a mount that fails leaves no record.
echo precious >"$top/old"
mounts 2 '--record .*old: exists already; remove it or give another name' --record "$top/old" \
	"$top/xfs/a" "$top/mount"
check '[ "$(cat "$top/old")" = precious ]'
mounts 2 '--record .*absent/record: its directory does not exist' \
	--record "$top/absent/record" "$top/xfs/a" "$top/mount"
mounts 2 '--log .*absent/log: its directory does not exist' --log "$top/absent/log" \
	"$top/xfs/a" "$top/mount"
mounts 2 '--log .*: is a directory' --log "$top" "$top/xfs/a" "$top/mount"
echo 'rules = ( { when = { op = "nosuch"; }; } );' >"$top/rules"
mounts 2 nosuch --record "$top/record" --rules "$top/rules" "$top/xfs/a" "$top/mount"
mounts 4 'lies in the source' --record "$top/record" "$top" "$top/mount"
check '[ ! -e "$top/record" ]'
check '! mounted'

for path in passthrough mixed daemon; do
	mounts 0 "data path $path" --data-path $path "$top/xfs/a" "$top/mount"
	check mounted
	# With the caller's umask, also none, whatever the server was started with.
	rm -f "$top/mount/file"
	(umask 0 && echo "by $path" >"$top/mount/file")
	check '[ "$(cat "$top/xfs/a/file")" = "by $path" ]'
	check '[ "$(stat -c %a "$top/xfs/a/file")" = 666 ]'
	mounts 4 'something is mounted there' "$top/xfs/b" "$top/mount"
	check 'umount "$top/mount"'
	gone
done

# Events for which the log has no room are an error.
echo 'rules = ( { name = "all"; when = { op = "getattr"; }; do = { log = true; }; } );' \
	>"$top/rules"
mkdir "$top/small"
mount -t tmpfs -o size=4k small "$top/small"
head -c 4K /dev/zero >"$top/small/log"
: >"$top/err"
"$foliostorm" mount --foreground --log "$top/small/log" --rules "$top/rules" "$top/xfs/a" \
	"$top/mount" >"$top/err" 2>&1 &
waits_for says_it_is_mounted
stat "$top/mount" >/dev/null
umount "$top/mount"
code=0
wait $! || code=$?
check '[ $code -eq 4 ] &&
	grep -qE "small/log: [1-9][0-9]* events were not written: No space left" "$top/err"'
umount "$top/small"
rmdir "$top/small"

# Signals; the second while the mount is in use.
mounts 0 'passthrough' "$top/xfs/a" "$top/mount"
kill -TERM "$(server)"
gone
check '! mounted'
mounts 0 'daemon' --data-path daemon "$top/xfs/a" "$top/mount"
exec 9<"$top/mount/file"
kill -INT "$(server)"
gone
check '! mounted'
check '! cat <&9 >/dev/null 2>&1'
exec 9<&-

# Killed: the next mount says what to do.
mounts 0 'passthrough' "$top/xfs/a" "$top/mount"
killed=$(server)
kill -KILL "$killed"
gone
check mounted
mounts 4 'umount -l' "$top/xfs/a" "$top/mount"
umount -l "$top/mount"
"$foliostorm" doctor --clean >/dev/null
check '[ ! -e "/run/foliostorm/$killed.0" ]'

# Killed: what it recorded is there, as far as it goes.
mounts 0 'reads, writes and maps are not recorded' --record "$top/record" "$top/xfs/a" "$top/mount"
check '[ "$(head -n 1 "$top/record")" = "foliostorm-record 1 passthrough" ]'
umount "$top/mount"
gone
check 'tail -n 1 "$top/record" | grep -q "^end [0-9]"'
rm "$top/record"
mounts 0 'daemon' --data-path daemon --record "$top/record" "$top/xfs/a" "$top/mount"
check '! grep -q "are not recorded" "$top/err"'
check '[ "$(cat "$top/record")" = "foliostorm-record 1 daemon" ]'
cat "$top/mount/file" >/dev/null
waits_for grep -q ' read ' "$top/record"
killed=$(server)
kill -KILL "$killed"
gone
umount -l "$top/mount"
"$foliostorm" doctor --clean >/dev/null
check '"$foliostorm" import record "$top/record" -o "$top/imported.cfg" >"$top/err" 2>&1'
check 'grep -q "does not end" "$top/err"'

# Others are let in only when asked.
chmod 755 "$top"
mounts 0 'passthrough' "$top/xfs/a" "$top/mount"
check '! setpriv --reuid 12345 --clear-groups cat "$top/mount/file" 2>/dev/null'
umount "$top/mount"
gone
mounts 0 'passthrough' --allow-other "$top/xfs/a" "$top/mount"
check 'setpriv --reuid 12345 --clear-groups cat "$top/mount/file" >/dev/null'
umount "$top/mount"
gone

# Over what the layer itself uses; nothing is touched.
for place in / /proc /dev /run /run/foliostorm; do
	mkdir -p "$place"
	mounts 2 "mountpoint $place: the layer itself uses /[a-z/]*, which is in it" --over "$place"
done
mounts 2 'mountpoint /run: the layer itself uses /run/foliostorm' "$top/xfs/a" /run
# A log that nobody reads would keep it from ever ending.
mkfifo "$top/fifo"
mounts 2 'is not a regular file; name one' --log "$top/fifo" "$top/xfs/a" "$top/mount"
mounts 2 'is not a regular file; name one' --log /dev/zero "$top/xfs/a" "$top/mount"
mounts 2 'is not a regular file; name one' --record "$top/fifo" "$top/xfs/a" "$top/mount"
rm "$top/fifo"

# Over the source itself.
exec 7<"$top/xfs/a"
mounts 0 "^ *$$ .* 1 descriptors, 0 mappings" --over "$top/xfs/a"
exec 7<&-
check '[ "$(cat "$top/xfs/a/file")" = "by daemon" ]'
check 'umount "$top/xfs/a"'
check '[ -e "$top/xfs/a/file" ]'

# What may not be run beneath may not be run above; nor be mapped to be run.
runs() {
	"$@" >/dev/null 2>&1
}
# shellcheck disable=SC2034 # in conditions
loader=$(find -H /lib64 /lib -maxdepth 1 -name 'ld-linux*' 2>/dev/null | head -n 1)
mkdir "$top/xfs/a/inner"
cp /bin/true "$top/xfs/a/true"
cp /bin/true "$top/xfs/a/inner/true"
mount --bind "$top/xfs/a/inner" "$top/xfs/a/inner"
mounts 0 'passthrough' "$top/xfs/a" "$top/mount"
check 'runs "$top/mount/true" && runs "$loader" "$top/mount/true" && runs "$top/mount/inner/true"'
mount -o remount,bind,noexec "$top/xfs/a/inner"
check 'runs "$top/mount/true" && ! runs "$top/mount/inner/true"'
umount "$top/mount"
gone
umount "$top/xfs/a/inner"
mount --bind "$top/xfs/a" "$top/xfs/b"
mount -o remount,bind,noexec "$top/xfs/b"
mounts 0 'passthrough' "$top/xfs/b" "$top/mount"
check '! runs "$top/mount/true" && ! runs "$loader" "$top/mount/true"'
umount "$top/mount"
gone
umount "$top/xfs/b"

# In the background, the directory it was started in can be unmounted.
mkdir "$top/start"
mount -t tmpfs tmpfs "$top/start"
cd "$top/start"
mounts 0 'passthrough' "$top/xfs/a" "$top/mount"
cd /
check 'umount "$top/start"'
umount "$top/mount"
gone

# A connection that is aborted, in use, leaves no dead mount.
: >"$top/err"
"$foliostorm" mount --foreground "$top/xfs/a" "$top/mount" >"$top/err" 2>&1 &
waits_for says_it_is_mounted
exec 9<"$top/mount/file"
device=$(mountpoint -d "$top/mount")
mkdir "$top/connections"
mount -t fusectl fusectl "$top/connections"
echo 1 >"$top/connections/${device#*:}/abort"
umount "$top/connections"
code=0
wait $! || code=$?
exec 9<&-
check '[ $code -eq 4 ] && grep -q "was aborted; unmounting it" "$top/err"'
check '! mounted'
mounts 0 'passthrough' "$top/xfs/a" "$top/mount"
umount "$top/mount"
gone

# What is mounted over it is not its own to unmount.
mounts 0 'passthrough' "$top/xfs/a" "$top/mount"
mount -t tmpfs tmpfs "$top/mount"
kill -TERM "$(server)"
gone
check 'findmnt -n -t tmpfs "$top/mount" >/dev/null'
umount "$top/mount"
# Its record has stayed, so it can be cleaned now.
"$foliostorm" doctor --clean >/dev/null || true
check '! mounted'

# Few descriptors: files are read one after another, however many; what cannot be opened is not
# made.
with_few() {
	# shellcheck disable=SC2016 # for the inner shell
	setpriv --bounding-set -sys_resource --inh-caps -sys_resource bash \
		-c 'ulimit -n 512; ulimit -Sn 100; exec "$@"' - "$@"
}
mkdir "$top/xfs/a/many"
for ((i = 0; i < 1500; i++)); do
	echo "$i" >"$top/xfs/a/many/$i"
done
check 'with_few "$foliostorm" mount "$top/xfs/a" "$top/mount" >"$top/err" 2>&1'
check 'grep -q "512 descriptors (RLIMIT_NOFILE) are few: no more than about 256 files" "$top/err"'
check '[ "$(cat "$top"/mount/many/* | sort -n | md5sum)" = "$(seq 0 1499 | md5sum)" ]'
check '"$foliostorm" ctl "$top/mount" status | grep -q "^[0-9]* of 512 descriptors$"'
check '[ "$("$foliostorm" ctl --json "$top/mount" status |
	jq ".descriptors | .open > 256 and .open < 512 and .limit == 512")" = true ]'
mkdir "$top/xfs/a/made"
python3 - "$top/mount/made" >"$top/made" <<'END'
import os, resource, sys

resource.setrlimit(resource.RLIMIT_NOFILE, (1000, 1000))
held = []
for number in range(600):
    try:
        held.append(os.open(f"{sys.argv[1]}/{number}", os.O_CREAT | os.O_RDWR))
    except OSError as error:
        print(len(held), error.errno)
        break
END
# EMFILE; a file for each that was opened, and none for the one that was not.
check 'grep -qE "^[0-9]+ 24$" "$top/made" &&
	[ "$(ls "$top/xfs/a/made" | wc -l)" = "$(cut -d " " -f 1 "$top/made")" ]'
umount "$top/mount"
gone

# Rules of several files add up, and later ones may refer to earlier ones.
echo 'rules = ( { name = "shut"; when = { op = "open"; path = "many/7"; };
	do = { error = "EACCES"; }; } );' >"$top/rules"
echo 'rules = ( { name = "then"; when = { op = "open"; path = "many/8"; event = "shut"; };
	do = { error = "EIO"; }; } );' >"$top/more"
mounts 0 'passthrough' --rules "$top/rules" -r "$top/more" "$top/xfs/a" "$top/mount"
check '[ "$("$foliostorm" ctl --json "$top/mount" rules |
	jq -c "[.rules[].name]")" = "[\"shut\",\"then\"]" ]'
check 'grep -q 8 "$top/mount/many/8" && ! cat "$top/mount/many/7" 2>/dev/null &&
	! cat "$top/mount/many/8" 2>/dev/null'
umount "$top/mount"
gone
mounts 2 'more:1: rules.0..*no rule is called "shut"' --rules "$top/more" --rules "$top/rules" \
	"$top/xfs/a" "$top/mount"
# A directory over itself, however it is written: nothing could be seen of what is beneath.
mkdir "$top/xfs/same"
ln -s "$top/xfs/same" "$top/link"
mounts 2 'source and mountpoint are the same directory' "$top/xfs/same" "$top/link/"
rm "$top/link" "$top/rules" "$top/more"

# As nobody.
if setpriv --reuid 12345 --clear-groups test -x "$foliostorm"; then
	code=0
	setpriv --reuid 12345 --clear-groups "$foliostorm" mount "$top/xfs" \
		"$top/mount" 2>"$top/err" || code=$?
	check '[ $code = 77 ]'
	check 'grep -q "takes root" "$top/err"'
else
	not_tried "others than root cannot run $foliostorm"
fi

no_leftovers "mounts"
[ $failures = 0 ] || fail "$failures checks"
all_tried
