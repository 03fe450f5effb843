#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `foliostorm mount` from outside: it returns when the mount is usable, says why it is not, and ends in every way.
#
# Usage: layer_mount.sh FOLIOSTORM       exit codes: 0 passed, 1 failed, 77 cannot be tested here
# The conditions given to check() are expanded when it evaluates them.
# shellcheck disable=SC2016
set -u

foliostorm=$1
[ "$(id -u)" = 0 ] || { echo "skipped: takes root" >&2; exit 77; }
[ -c /dev/fuse ] || { echo "skipped: there is no /dev/fuse" >&2; exit 77; }
if [ -z "${LAYER_MOUNT_INSIDE:-}" ]; then
	LAYER_MOUNT_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
fi

top=$(mktemp -d)
failures=0
trap 'cd /; umount -ql "$top/mount" "$top/xfs" 2>/dev/null; rm -f "$top"/{image,rules,err,old,record,imported.cfg,imported.trace}; rmdir "$top"/* "$top"' EXIT
mkdir "$top"/{xfs,mount,below}
truncate -s 512M "$top/image"
if ! mkfs.xfs -q "$top/image" || ! mount -o loop "$top/image" "$top/xfs"; then
	echo "skipped: no XFS to be had" >&2
	exit 77
fi
mkdir "$top"/xfs/{a,b}

# expect CODE TEXT ARGUMENTS...: `mount ARGUMENTS` exits with CODE and says TEXT.
expect() {
	local code=$1 text=$2 got
	shift 2
	timeout 20 "$foliostorm" mount "$@" >"$top/err" 2>&1 </dev/null
	got=$?
	if [ $got != "$code" ] || ! grep -q -- "$text" "$top/err"; then
		echo "FAILED: mount $*: exit code $got, wanted $code and \"$text\", got: $(cat "$top/err")"
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

# The server of the mount: the process that was started with its path.
server() {
	pgrep -f -- "^$foliostorm mount .*$top/mount\$"
}

gone() {
	for ((i = 0; i < 100; i++)); do
		server >/dev/null || return 0
		sleep 0.05
	done
	return 1
}

expect 2 'which SOURCE and MOUNTPOINT'
expect 2 'which MOUNTPOINT' "$top/xfs"
expect 2 'allowed: passthrough, mixed, daemon' --data-path fast "$top/xfs" "$top/mount"
expect 2 'allowed: 1 to 256' --threads 0 "$top/xfs" "$top/mount"
expect 0 'Usage: ' --help
expect 2 'source .*absent: there is no such directory' "$top/absent" "$top/mount"
expect 2 'mountpoint .*absent: there is no such directory' "$top/xfs" "$top/absent"
expect 2 'mountpoint .*image: is no directory' "$top/xfs" "$top/image"
expect 4 'lies in the source' "$top" "$top/mount"
check '! mounted'

# What is recorded overwrites nothing, and a mount that fails leaves no record.
echo precious >"$top/old"
expect 2 '--record .*old: is there already; remove it or give another name' --record "$top/old" "$top/xfs/a" "$top/mount"
check '[ "$(cat "$top/old")" = precious ]'
expect 2 '--record .*absent/record: the directory it is to be in is not there' --record "$top/absent/record" "$top/xfs/a" "$top/mount"
expect 2 '--log .*absent/log: the directory it is to be in is not there' --log "$top/absent/log" "$top/xfs/a" "$top/mount"
expect 2 '--log .*: is a directory' --log "$top" "$top/xfs/a" "$top/mount"
echo 'rules = ( { when = { op = "nosuch"; }; } );' >"$top/rules"
expect 2 nosuch --record "$top/record" --rules "$top/rules" "$top/xfs/a" "$top/mount"
expect 4 'lies in the source' --record "$top/record" "$top" "$top/mount"
check '[ ! -e "$top/record" ]'
check '! mounted'

for path in passthrough mixed daemon; do
	expect 0 "data path $path" --data-path $path "$top/xfs/a" "$top/mount"
	check mounted
	echo "by $path" >"$top/mount/file"
	check '[ "$(cat "$top/xfs/a/file")" = "by $path" ]'
	expect 4 'something is mounted there' "$top/xfs/b" "$top/mount"
	check 'umount "$top/mount"'
	check gone
done

# Signals; the second while the mount is in use.
expect 0 'passthrough' "$top/xfs/a" "$top/mount"
kill -TERM "$(server)"
check gone
check '! mounted'
expect 0 'daemon' --data-path daemon "$top/xfs/a" "$top/mount"
exec 9<"$top/mount/file"
kill -INT "$(server)"
check gone
check '! mounted'
check '! cat <&9 >/dev/null 2>&1'
exec 9<&-

# Killed: the next mount says what to do.
expect 0 'passthrough' "$top/xfs/a" "$top/mount"
killed=$(server)
kill -KILL "$killed"
check gone
check mounted
expect 4 'umount -l' "$top/xfs/a" "$top/mount"
umount -l "$top/mount"
"$foliostorm" doctor --clean >/dev/null 2>&1
check '[ ! -e "/run/foliostorm/$killed.0" ]'

# Killed: what it recorded is there, as far as it goes.
expect 0 'reads, writes and maps are not recorded' --record "$top/record" "$top/xfs/a" "$top/mount"
check '[ "$(head -n 1 "$top/record")" = "foliostorm-record 1 passthrough" ]'
umount "$top/mount"
check gone
check 'tail -n 1 "$top/record" | grep -q "^end [0-9]"'
rm "$top/record"
expect 0 'daemon' --data-path daemon --record "$top/record" "$top/xfs/a" "$top/mount"
check '! grep -q "are not recorded" "$top/err"'
check '[ "$(cat "$top/record")" = "foliostorm-record 1 daemon" ]'
cat "$top/mount/file" >/dev/null
for ((i = 0; i < 200; i++)); do
	grep -q ' read ' "$top/record" && break
	sleep 0.1
done
check 'grep -q " read " "$top/record"'
killed=$(server)
kill -KILL "$killed"
check gone
umount -l "$top/mount"
"$foliostorm" doctor --clean >/dev/null 2>&1
check '"$foliostorm" import record "$top/record" -o "$top/imported.cfg" >"$top/err" 2>&1'
check 'grep -q "does not end" "$top/err"'

# Others are let in only when asked.
chmod 755 "$top"
expect 0 'passthrough' "$top/xfs/a" "$top/mount"
check '! setpriv --reuid 12345 --clear-groups cat "$top/mount/file" 2>/dev/null'
umount "$top/mount"
check gone
expect 0 'passthrough' --allow-other "$top/xfs/a" "$top/mount"
check 'setpriv --reuid 12345 --clear-groups cat "$top/mount/file" >/dev/null'
umount "$top/mount"
check gone

# Over the source itself.
expect 0 'passthrough' "$top/xfs/a" "$top/xfs/a"
check '[ "$(cat "$top/xfs/a/file")" = "by daemon" ]'
check 'umount "$top/xfs/a"'
check '[ -e "$top/xfs/a/file" ]'

# As nobody.
if setpriv --reuid 12345 --clear-groups true 2>/dev/null && setpriv --reuid 12345 --clear-groups test -x "$foliostorm"; then
	setpriv --reuid 12345 --clear-groups "$foliostorm" mount "$top/xfs" "$top/mount" 2>"$top/err"
	check "[ $? = 77 ]"
	check 'grep -q "takes root" "$top/err"'
fi

[ $failures = 0 ] && echo "passed"
[ $failures = 0 ]
