#!/usr/bin/env bash
# Each command that writes what another user may have prepared a place for: what that user planted
# is refused and left alone, and what is written is for the caller's eyes only.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

other() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

chmod 0755 "$scratch"
mkdir "$scratch/theirs" "$scratch/source" "$scratch/mnt"
chown 65534:65534 "$scratch/theirs"
scenario=$scenarios/control-pread.cfg
echo victim >"$scratch/victim"

# refused SAYS COMMAND...: it ends with an error, says why, and the victim is as it was
refused() {
	local code=0
	"${@:2}" >"$scratch/out" 2>&1 || code=$?
	[[ $code -eq 2 || $code -eq 4 ]] || fail "exit code $code: ${*:2}: $(cat "$scratch/out")"
	grep -qE -- "$1" "$scratch/out" || fail "not said: $1: $(cat "$scratch/out")"
	[[ $(cat "$scratch/victim") == victim ]] || fail "the victim was written to: ${*:2}"
}

planted='is a symbolic link in a directory that other users may write to'
other ln -s "$scratch/victim" "$scratch/theirs/link"
other ln -s "$scratch/source" "$scratch/theirs/directory"
refused "--events .*$planted" "$foliostorm" run -q "$scenario" --events "$scratch/theirs/link"
refused "--out .*$planted" "$foliostorm" run -q "$scenario" --out "$scratch/theirs/directory"
refused "--out .*$planted" "$foliostorm" run -q "$scenario" --out "$scratch/theirs/directory/new"
refused "--log .*$planted" "$foliostorm" mount --log "$scratch/theirs/link" "$scratch/source" \
	"$scratch/mnt"
refused "--record .*$planted" "$foliostorm" mount --record "$scratch/theirs/link" \
	"$scratch/source" "$scratch/mnt"
refused "--save-baseline .*$planted" "$foliostorm" run -q "$scenario" \
	--save-baseline "$scratch/theirs/link"
[[ -z $(ls "$scratch/source") ]] ||
	fail "written into the directory that a link leads to: $(ls "$scratch/source")"

# A run of root's, in a directory that only root can enter; then the user's own, with the page's
# name taken.
"$foliostorm" run -q "$scenario" --duration 1 --set backing.size=400M --set expect.min_exposures=0 \
	--out "$scratch/theirs/run" --events "$scratch/theirs/events" >/dev/null 2>"$scratch/out" ||
	fail "the run: $(cat "$scratch/out")"
for file in "$scratch/theirs/events" "$scratch/theirs/run"/*; do
	[[ $(stat -c '%a %u' "$file") == "600 0" ]] || fail "$file: $(stat -c '%a %u' "$file")"
	! other cat "$file" >/dev/null 2>&1 || fail "$file can be read"
done
[[ $(stat -c %a "$scratch/theirs/run") == 700 ]] ||
	fail "the directory of results: $(stat -c %a "$scratch/theirs/run")"
other mkdir "$scratch/theirs/copy"
cp "$scratch/theirs/run"/*.json* "$scratch/theirs/copy"
other ln -s "$scratch/victim" "$scratch/theirs/copy/report.html"
refused "report.html $planted" "$foliostorm" report "$scratch/theirs/copy"
refused "link $planted" "$foliostorm" report -o "$scratch/theirs/link" "$scratch/theirs/run"
"$foliostorm" report "$scratch/theirs/run" >/dev/null || fail "the report"
[[ $(stat -c %a "$scratch/theirs/run/report.html") == 600 ]] ||
	fail "report.html: $(stat -c %a "$scratch/theirs/run/report.html")"
# Links of root's own are as good as paths, and so is what a shell hands on.
ln -s theirs/run "$scratch/own"
[[ $("$foliostorm" report -o /dev/stdout "$scratch/own" | cat) == *"</html>"* ]] ||
	fail "no page to a pipe"

"$foliostorm" mount --log "$scratch/log" --record "$scratch/record" "$scratch/source" \
	"$scratch/mnt" >/dev/null 2>&1 || fail "the mount"
umount "$scratch/mnt"
waits_for is_gone "^$foliostorm mount "
for file in log record; do
	[[ $(stat -c %a "$scratch/$file") == 600 ]] || fail "$file: $(stat -c %a "$scratch/$file")"
done
no_leftovers "all"
