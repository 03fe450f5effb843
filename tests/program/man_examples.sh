#!/usr/bin/env bash
# The examples of the manual pages, typed as they are. What needs a guest goes as far as QEMU, which
# is not in PATH: all before that has to be right. --guests: these are run, too, which takes long.
# usage: man_examples.sh FOLIOSTORM [--guests]
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
pages=$tests/../tools/man
guests=${2-}

# Where another test runs an example, and why not this one: page, a word of the example, test.
elsewhere='
foliostorm-bisect.1  --tree      tests/guest/bisect_tree_guest.sh  a kernel is built
foliostorm-bisect.1  packages/   tests/guest/bisect_guest.sh       packages of kernels are needed
foliostorm-rerun.1   --image     tests/program/bundle.sh           a kernel of its own is needed
foliostorm-guest.1   --image     tests/guest/guest.sh              a kernel of its own is needed
foliostorm-guest.1   --shell     tests/guest/guest.sh              a terminal is needed
foliostorm-matrix.1  parallel    tests/guest/matrix.sh             another program is needed
foliostorm-matrix.1  merge       tests/guest/matrix.sh             it merges what guests have left
foliostorm-matrix.1  --claim     tests/guest/matrix.sh             an earlier matrix is needed
foliostorm-explore.1 explored/   tests/guest/explore_guest.sh      it is what guests have found
foliostorm-tune.1    tuned.cfg   tests/guest/tune_guest.sh         it is what guests have found
'

# examples PAGE: of a manual page, one a line, as they are typed
examples() {
	awk '/^\.SH/ { on = /^\.SH "?EXAMPLES?/; next } on && !/^\./' "$1" |
		sed -E 's/\\-/-/g; s/\\\(aq/'\''/g; s/^[$#] //; s/^sudo //; s/\\e$/\\/' |
		sed -E ':more; /\\$/{ N; s/\\\n */ /; b more }' |
		grep -E '^(foliostorm|strace|jq|umount|parallel) ' || true
}

# is_elsewhere PAGE EXAMPLE
is_elsewhere() {
	local page word test
	while read -r page word test _; do
		[[ $page == "$1" && $2 == *"$word"* ]] || continue
		[[ -e $tests/../$test ]] || fail "$page: $test, which runs \"$2\", is not there"
		return 0
	done <<<"$elsewhere"
	return 1
}

# What the examples name, below a directory of our own instead of the root of the machine.
top=$scratch/top
mkdir -p "$top"/{mnt/xfs,mnt/slow,shared/table,var/log/journal,MOUNTPOINT,bin} "$scratch/image"
truncate -s 400M "$scratch/image/xfs"
mkfs.xfs -q "$scratch/image/xfs" || skip "mkfs.xfs is not installed"
mount -o loop "$scratch/image/xfs" "$top/mnt/xfs"
trap 'umount -ql "$top/mnt/slow" "$top/MOUNTPOINT" "$top/mnt/xfs" 2>/dev/null || true
	rm -rf "$scratch"' EXIT
not_by_a_run "$top/result" "$top/DIR"
mkdir "$top/mnt/xfs/data" "$top/mnt/xfs/source"
ln -s mnt/xfs/source "$top/SOURCE"
cd "$top"
ln -s "$(readlink -f "$scenarios")" scenarios
cp scenarios/split-window.cfg .
ln -s "$foliostorm" bin/foliostorm
head -c 1M /dev/urandom >var/log/syslog
cat >bin/app <<-'END'
	#!/bin/sh
	exec dd if=/dev/zero of=app.data bs=64k count=20 conv=fsync status=none
END
chmod +x bin/app
printf '%s\n' 'fio version 3 iolog' '0 /data add' '1 /data open' '2 /data write 0 4096' \
	'3 /data close' >fio.log
printf '%s\n' 'rules = ( { when = { op = "fsync"; }; do = { delay = "50ms"; }; },' \
	'{ when = { op = "fallocate"; }; do = { error = "ENOSPC"; }; } );' >slow.cfg
cp slow.cfg my.cfg
export PATH=$top/bin:$PATH

# A PATH that has all but QEMU.
mkdir "$scratch/poor"
for directory in /usr/sbin /usr/bin /sbin /bin "$top/bin"; do
	find "$directory" -maxdepth 1 ! -name 'qemu-*' -exec ln -sf -t "$scratch/poor" {} +
done

# The results of a guest that examples have: of a run, with what makes them a guest's.
make_results() {
	foliostorm run -q split-window -d 1 --out result >said 2>&1 || [[ $? -le 3 ]] ||
		fail "a run: $(cat said)"
	jq '.kernel = "6.18.9+deb13-cloud-amd64" | del(.build_id) |
		.guest = { kernel: "6.18.9", cpus: 2, memory_mib: 2048 }' result/result.json >said
	cp said result/result.json
	foliostorm bundle result -o race.tar.zst >said 2>&1 || fail "a bundle: $(cat said)"
	cp -r result DIR
}

# What is there before the examples of a page.
prepare() { # PAGE
	case $1 in
	foliostorm-ctl.1)
		foliostorm mount --data-path daemon --rules hung-read mnt/xfs/data mnt/slow >said
		mkdir mnt/xfs/data/archive
		echo late >mnt/xfs/data/archive/file
		cat mnt/slow/archive/file >/dev/null &
		waits_for sh -c 'foliostorm ctl mnt/slow holds list | grep -q server-away'
		;;
	foliostorm-mount.1) waits_for let_go ;;
	esac
}

# Ends the mount of ctl. The change of rules has dropped what the kernel cached, so that what was
# let go reads again, and is held again.
let_go() {
	foliostorm ctl mnt/slow holds release server-away >/dev/null
	umount mnt/slow 2>/dev/null
}

# run_it PAGE EXAMPLE: the exit code in $code; what it said is in the file said
run_it() {
	local example=$2
	example=$(sed -E "s,([ =\"])/(mnt|var|shared)/,\1$top/\2/,g" <<<"$example")
	# As long as the result is not the point.
	[[ $example != "foliostorm run "* ]] || example+=' --duration 1'
	code=0
	bash -c "$example" >said 2>&1 </dev/null || code=$?
}

number=0
make_results
for page in "$pages"/*.[15]; do
	name=$(basename "$page")
	prepared=''
	while read -r example; do
		is_elsewhere "$name" "$example" && continue
		[[ -n $prepared ]] || prepare "$name"
		prepared=yes
		number=$((number + 1))
		if [[ $example =~ ^foliostorm\ (guest|matrix|bisect|explore|tune|rerun) ||
			($example == *--kernel* && $example =~ ^foliostorm\ points) ]]; then
			if [[ -n $guests ]]; then
				run_it "$name" "$example"
				[[ $code -le 1 || $code -eq 3 ]] ||
					fail "$name: $example: exit code $code: $(cat said)"
			else
				PATH=$scratch/poor run_it "$name" "$example"
				[[ $code -eq 77 ]] ||
					fail "$name: $example: exit code $code: $(cat said)"
				[[ $(<said) == *qemu-system-*' is not installed'* ]] ||
					fail "$name: $example: exit code $code: $(cat said)"
			fi
			continue
		fi
		run_it "$name" "$example"
		allowed='^0$'
		# By what the machine allows; a run of a second may be inconclusive.
		[[ $example != "foliostorm run "* ]] || allowed='^[013]$'
		[[ ! $example =~ ^foliostorm\ (doctor|inspect|points) ]] || allowed='^(0|77)$'
		[[ $example != *"kernels --cached"* ]] || allowed='^[03]$'
		[[ $code =~ $allowed ]] || fail "$name: $example: exit code $code: $(cat said)"
	done < <(examples "$page")
done
[[ $number -gt 40 ]] || fail "only $number examples were found"
# The scenario that scenario(5) shows is one.
awk '/^\.SH/ { on = /^\.SH "?EXAMPLES?/; next } on && !/^\./' "$pages/foliostorm-scenario.5" |
	sed 's/\\-/-/g' >shown.cfg
foliostorm check shown.cfg >said 2>&1 || fail "the example of foliostorm-scenario.5: $(cat said)"
echo "$number examples"
