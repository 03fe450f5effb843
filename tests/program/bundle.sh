#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bundles, of runs that never took place: what is in one, and which are refused.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v zstd >/dev/null || skip "zstd is not installed"
cd "$scratch"
not_by_a_run "$scratch/run" "$scratch/work"

# a_run NAME: its directory
a_run() {
	mkdir -p "$1"
	cp "$scenarios/split-window.cfg" "$1/scenario.cfg"
	cat >"$1/result.json" <<-END
		{"verdict": "HIT", "kernel": "6.18.9+deb13-cloud-amd64",
		 "build_id": "0123456789abcdeffedcba987654321001020304",
		 "machine": "x86_64, 2 processors", "version": "0.1.0", "expected": "hit",
		 "punches": 100, "punches_hit": 84,
		 "guest": {"kernel": "6.18.9", "cpus": 2, "memory_mib": 2048}}
	END
	echo CONFIG_MINE=y >"$1/kernel.config"
}

# refused PATTERN COMMAND...
refused() {
	refuses 2 "$1" "$foliostorm" "${@:2}"
}

# altered SED-COMMAND FILE: the bundle with a file of it edited
altered() {
	rm -rf work
	mkdir work
	tar -xf good.tar.zst -C work
	sed -i "$1" "work/$2"
	tar -cf - -C work bundle.json scenario.cfg result.json kernel.config |
		zstd -q >altered.tar.zst
}

a_run run
"$foliostorm" bundle run -o good.tar.zst >said || fail "bundle: exit code $?"
[[ $(tar -tf good.tar.zst |
	paste -sd ' ') == "bundle.json scenario.cfg result.json kernel.config" ]] ||
		fail "it holds $(tar -tf good.tar.zst)"
"$foliostorm" rerun --list good.tar.zst >listed || fail "rerun --list: exit code $?"
cmp said listed || fail "it lists something else"
# A caller that ignores SIGCHLD, as some daemons do.
env --ignore-signal=CHLD "$foliostorm" rerun --list good.tar.zst | cmp said - ||
	fail "where SIGCHLD is ignored, it lists something else"
# A pipe or a device is not replaced.
mkfifo pipe
refused '--out pipe: is not a regular file; name one' bundle run -o pipe
[[ -p pipe ]] || fail "a pipe was replaced by a bundle"
rm pipe
# What could not be read again is not packed.
cp -r run large
head -c 9M /dev/zero >large/kernel.config
refused 'large/kernel.config: 9437184 bytes are too many for a bundle; allowed: up to 8M' \
	bundle large -o large.tar.zst
[[ ! -e large.tar.zst ]] || fail "a bundle that is too large was written"
rm -r large
grep -q '^run  *HIT on 6.18.9+deb13-cloud-amd64, x86_64, 2 processors, in a guest$' listed ||
	fail "$(cat listed)"
grep -qx 'build ID   0123456789abcdeffedcba987654321001020304' listed || fail "$(cat listed)"
tar -xOf good.tar.zst kernel.config | cmp - run/kernel.config ||
	fail "the configuration is another one"
"$foliostorm" bundle run -o again.tar.zst >/dev/null
cmp good.tar.zst again.tar.zst || fail "the same run gives another file"

altered 's/64M/65M/' scenario.cfg
refused 'it was altered: scenario.cfg is not what was packed' rerun altered.tar.zst
altered 's/84/85/' result.json
refused 'it was altered: result.json' rerun altered.tar.zst
altered 's/MINE/YOURS/' kernel.config
refused 'it was altered: kernel.config' rerun altered.tar.zst
altered 's/"result.json"/"other.json"/' bundle.json
refused 'it was altered: result.json' rerun altered.tar.zst
altered 's/"format": 1/"format": 2/' bundle.json
refused 'newer than this one \(0.1.0, bundles up to format 1\)' rerun altered.tar.zst
altered 's/"by": "[^"]*"/"by": "99.0"/' bundle.json
refused 'made by foliostorm 99.0, which is newer' rerun altered.tar.zst
altered 's/"format": 1/"format": 0/' bundle.json
refused 'has no format' rerun altered.tar.zst
head -c 700 good.tar.zst >cut.tar.zst
refused 'not a bundle, or not all of one' rerun cut.tar.zst
altered '' scenario.cfg
ln -s /etc/passwd work/trace
tar -cf - -C work bundle.json scenario.cfg result.json trace | zstd -q >altered.tar.zst
refused 'not a bundle' rerun altered.tar.zst
tar -cf - -C work bundle.json scenario.cfg result.json -C "$scratch" listed |
	zstd -q >altered.tar.zst
refused 'not a bundle' rerun altered.tar.zst
refused 'not a bundle' rerun run/result.json
altered 's/"verdict": "HIT"/"verdict": "\\u001b[2JHIT\\nCLEAN"/' bundle.json
"$foliostorm" rerun --list altered.tar.zst >listed || fail "rerun --list: exit code $?"
grep -qF '?[2JHIT?CLEAN on 6.18.9' listed ||
	fail "it says to a terminal what a stranger wrote: $(cat -v listed)"
refused '--tree /none: No such file' rerun --tree /none good.tar.zst
refused 'none' rerun none
refused 'where to' bundle run
refused 'result.json' bundle work/none -o other.tar.zst
jq -n '{a: 1}' >run/result.json
refused 'not a result' bundle run -o other.tar.zst

# Not every kernel tells how it was configured; one of this machine has it in /boot, not where an
# earlier guest has left another.
a_run run
rm run/kernel.config
"$foliostorm" bundle run -o other.tar.zst >/dev/null || fail "without a configuration: exit code $?"
[[ $(tar -tf other.tar.zst | paste -sd ' ') == "bundle.json scenario.cfg result.json" ]] ||
	fail "it holds $(tar -tf other.tar.zst)"
a_run run
jq 'del(.guest, .build_id)' run/result.json >work/result.json
mv work/result.json run
"$foliostorm" bundle run -o other.tar.zst >listed || fail "without a guest: exit code $?"
! grep -qE 'kernel.config|build ID' listed || fail "of another kernel: $(cat listed)"
rm other.tar.zst

# Content of somebody's stays with them; a trace goes along, where it is there.
a_run run
sed -i 's|content = "pages"|content = "copy"; from = "/etc/passwd"|; s|size = "64M"; ||' \
	run/scenario.cfg
refused 'is a copy of /etc/passwd, which a bundle does not take along' bundle run -o other.tar.zst
# What a command of the scenario makes is made again where that is trusted.
sed -i 's|from = "/etc/passwd"|command = "touch made; head -c 4M /dev/zero >{out}"|' \
	run/scenario.cfg
"$foliostorm" bundle run -o made.tar.zst >/dev/null || fail "of a command: exit code $?"
[[ ! -e made ]] || fail "a command was run for a bundle"
cp "$tests/data/trace/v3.trace" .
cat >run/scenario.cfg <<-END
	title = "a replay"; race = "none";
	workload = { kind = "replay"; trace = "/none/v3.trace"; };
END
refused 'workload.trace: .*/none/v3.trace' bundle run -o other.tar.zst
[[ ! -e other.tar.zst ]] || fail "what was refused has left a file"
"$foliostorm" bundle run --trace v3.trace -o other.tar.zst >/dev/null ||
	fail "bundle --trace: exit code $?"
tar -xOf other.tar.zst trace | cmp - v3.trace || fail "the trace is another one"

# remade: work/ as a bundle whose hashes are right
remade() {
	tar -xOf good.tar.zst result.json >work/result.json
	tar -xf good.tar.zst -C work kernel.config
	tar -xOf good.tar.zst bundle.json | python3 -c '
import hashlib, json, sys
manifest = json.load(sys.stdin)
for name, file in manifest["files"].items():
    data = open("work/" + name, "rb").read()
    file.update(size=len(data), hash=hashlib.blake2b(data, digest_size=32).hexdigest())
json.dump(manifest, open("work/bundle.json", "w"))'
	tar -cf - -C work bundle.json scenario.cfg result.json kernel.config | zstd -q >trap.tar.zst
}

# The QEMU that is asked for is that of the kernel, not that of this machine.
for pair in cloud-amd64:qemu-system-x86_64 cloud-arm64:qemu-system-aarch64; do
	# It is found there with any PATH.
	[[ ! -e /usr/sbin/${pair#*:} ]] || continue
	refuses 77 "${pair#*:} is not installed" env "PATH=$scratch/none" \
		"$foliostorm" rerun --kernel "6.18.9:${pair%:*}" good.tar.zst
done

# What its scenario or its kernel would take of this machine is refused, whoever unpacks it.
if command -v qemu-system-x86_64 >/dev/null; then
	for kernel in 6.18.9/../../boot/vmlinuz 6.18.9.deb /boot/vmlinuz; do
		altered "s|\"kernel\": \"6.18.9\",|\"kernel\": \"$kernel\",|" bundle.json
		refused "an image of somebody's own; give --kernel VERSION" rerun altered.tar.zst
	done
	copied='files = ( { name = "a"; content = "copy";'
	for line in "$copied"' from = "/etc/shadow"; } );' \
		"$copied command = \"touch $scratch/trapped; head -c 4M /dev/zero >{out}\"; } );" \
		'workload = { kind = "replay"; trace = "'"$tests"'/data/trace/v3.trace"; };'; do
		case $line in
		*from*) trapped='would be a copy of a file of this machine' ;;
		*command*) trapped='would run .* the file may be written by anybody' ;;
		*) trapped='its trace is not in the bundle' ;;
		esac
		rm -rf work
		mkdir work
		if [[ $line != workload* ]]; then
			line='storm = { op = "punch"; }; readers = ( { kind = "pread"; } ); '$line
		fi
		echo "title = \"a trap\"; race = \"none\"; $line" >work/scenario.cfg
		remade
		refused "$trapped" rerun trap.tar.zst
	done
	[[ ! -e trapped ]] || fail "a bundle has run a command on this machine"
else
	not_tried "qemu-system-x86_64 is not installed"
fi
all_tried
