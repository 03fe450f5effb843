#!/usr/bin/env bash
# What is wrong with the arguments of a command is said before it asks the archive for a kernel: a
# row for each mistake. apt-get stands for an archive that cannot be reached, and notes that it was
# asked.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
real=$(command -v apt-get) || skip "apt-get is not here"
cd "$scratch"
cp "$scenarios/split-window.cfg" s.cfg
sed 's/aim =/amm =/' s.cfg >bad.cfg
echo hello >text
printf '%s\n' 'split enters __folio_split' 'read enters filemap_get_entry' >points
mkdir dir apart
cat >apart/apt-get <<END
#!/usr/bin/env bash
if [[ " \$* " == *" update "* && " \$* " != *" --print-uris "* ]]; then
	touch "$scratch/asked"
	echo "Err:1 http://deb.debian.org/debian bookworm InRelease"
	echo "E: nothing answers"
	exit 100
fi
exec "$real" "\$@"
END
chmod +x apart/apt-get
export PATH=$scratch/apart:$PATH XDG_CACHE_HOME=$scratch/cache

while IFS='|' read -r pattern arguments; do
	[[ -n $pattern ]] || continue
	code=0
	rm -rf cache asked
	# shellcheck disable=SC2086 # words are meant
	timeout 60 "$foliostorm" $arguments </dev/null >out 2>err || code=$?
	[[ ! -e asked ]] || fail "$arguments: asked the archive first: $(cat err)"
	[[ $code -eq 2 ]] || fail "$arguments: exit code $code, wanted 2: $(cat err)"
	grep -qE -- "$pattern" err || fail "$arguments: no \"$pattern\" in: $(cat err)"
done <<'END'
bad.cfg:[0-9]+: storm.amm: unknown key|bisect --good 6.12.107 --bad 6.18.9 bad.cfg
text:2: syntax error|bisect --good 6.12.107 --bad 6.18.9 text
--set: storm.amm: unknown key|bisect --good 6.12.107 --bad 6.18.9 s.cfg --set storm.amm=1
--duration x: allowed|bisect --good 6.12.107 --bad 6.18.9 s.cfg --duration x
--good 6.18.9 is newer than --bad 6.12.107; --fixed|bisect --good 6.18.9 --bad 6.12.107 s.cfg
--good 6.1.1 is older than --bad 6.2.1|bisect --good 6.1.1 --bad 6.2.1 --fixed s.cfg
--kernel 6.x: a version is written|bisect --good 6.1.1 --bad 6.2.1 s.cfg --kernels latest,6.x
an empty name; allowed|bisect --good 6.1.1 --bad 6.2.1 s.cfg --kernels latest,
bad.cfg:[0-9]+: storm.amm: unknown key|guest --kernel 6.18.9 bad.cfg
--set: x: unknown key|guest --kernel 6.18 s.cfg --set x=1
--seed x: allowed|guest --kernel latest s.cfg --seed x
--out text: is not a directory|guest --kernel 6.18.9 s.cfg --out text
text:1: not a baseline|guest --kernel 6.18.9 s.cfg --baseline text
--file nowhere: no such program|guest --kernel 6.18.9 s.cfg --file nowhere
--file dir: not a regular file|guest --kernel 6.18.9 --command true --file dir
bad.cfg:[0-9]+: storm.amm: unknown key|matrix --kernels 6.18.9 --out m bad.cfg
--kernel 6.x: a version is written|matrix --kernels 6.18.9,6.x --out m s.cfg
--claim text: is not a directory|matrix --kernels 6.18.9 --out m s.cfg --claim text
bad.cfg:[0-9]+: storm.amm: unknown key|tune --kernel 6.18.9 bad.cfg --vary storm.aim=1,2
--vary storm.amm=1: .*unknown key|tune --kernel 6.18.9 s.cfg --vary storm.amm=1
--out text: is not a directory|tune --kernel 6.18.9 s.cfg --vary storm.aim=1,2 --out text
--events dir: is a directory|tune --kernel 6.18.9 s.cfg --vary storm.aim=1,2 --events dir
bad.cfg:[0-9]+: storm.amm: unknown key|explore --kernel 6.18 bad.cfg --points points --out e
text: line 1: "hello" is not|explore --kernel 6.18.9 s.cfg --points text --out e
--out text: is not a directory|explore --kernel 6.18.9 s.cfg --points points --out text
END

# Where nothing is wrong with them, a matrix is made without the cells of the kernel that was asked
# for, and what an earlier one left there is not taken for theirs.
mkdir -p m/cells/6.18.9/s
echo '{ "verdict": "HIT" }' >m/cells/6.18.9/s/result.json
not_by_a_run "$scratch/m"
code=0
"$foliostorm" matrix --kernels 6.18.9 --out m s.cfg >out 2>err || code=$?
[[ -e asked ]] || fail "a matrix did not ask for its kernel: $(cat err)"
[[ $code -eq 4 ]] || fail "a matrix without its kernel: exit code $code: $(cat err)"
grep -q 'the kernel could not be had' out || fail "a matrix without its kernel: $(cat out err)"
jq -e '.cells[0] | .verdict == "ERROR" and (.seconds | . >= 0 and . < 60)' \
	m/matrix.json >/dev/null ||
	fail "a matrix without its kernel: $(cat m/matrix.json)"
! grep -q 'cell.json' err || fail "its cell was not kept: $(cat err)"

# A scenario by its name.
rm -rf cache asked
code=0
"$foliostorm" explore --kernel 6.18.9 split-window --set 'readers[0].count=1' --points points \
	--out e >out 2>err || code=$?
[[ -e asked && $code -eq 4 ]] || fail "explore of a shipped scenario: exit code $code: $(cat err)"
no_leftovers "mistakes in arguments"

# An archive that answers, and has no kernel of that flavour at all.
cat >apart/apt-get <<END
#!/usr/bin/env bash
if [[ " \$* " == *" update "* && " \$* " != *" --print-uris "* ]]; then
	echo "Hit:1 http://deb.debian.org/debian bookworm InRelease"
	exit
fi
exec "$real" "\$@"
END
code=0
XDG_CACHE_HOME=$scratch/empty timeout 60 "$tests/../tools/guest/fetch-kernel" 6.18.9 rt-arm64 \
	>out 2>err || code=$?
{ [[ $code -eq 2 ]] && grep -q 'the archive has no kernel 6.18.9$' err; } ||
	fail "an archive without kernels: exit code $code, wanted 2: $(cat err)"
