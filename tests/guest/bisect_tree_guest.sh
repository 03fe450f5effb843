#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bisections of kernel trees, whose commits are built and booted: a history made of Debian's source
# has one commit that undoes the fix of the split race, and split-forced finds it. Each is killed
# once, and goes on. On two idle processors that takes half an hour for each seed, and ten minutes
# more for the first kernel. Arguments are the seeds (1 2 3 4 5).
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
command -v git >/dev/null || skip "git is not installed"
shift
[[ $# -gt 0 ]] || set -- 1 2 3 4 5

series=$("$tests/../tools/guest/mutant" --list | awk '$1 == "seed1" { print $2; exit }')
cache=${XDG_CACHE_HOME:-$HOME/.cache}/foliostorm/mutants
newest() {
	find "$cache/source" -mindepth 2 -maxdepth 2 -name .complete \
		-path "*/$series.*" 2>/dev/null | sort -V | tail -n 1
}
if [[ -z $(newest) ]]; then
	code=0
	"$tests/../tools/guest/mutant" seed1 --fixed >/dev/null || code=$?
	[[ $code -ne 77 && $code -ne 4 ]] || skip "a kernel cannot be built here"
fi
source=$(dirname "$(newest)")

cd "$scratch"
for seed; do
	began=$SECONDS
	rm -rf history bisection
	culprit=$("$tests/support/kernel_history" "$source" history \
		"$tests/../tools/guest/mutants/seed1.pl" "$seed")
	bisect=("$foliostorm" bisect --tree history --good old --bad new --out bisection \
		--format json --quiet "$scenarios/split-forced.cfg")
	# Killed while it builds the third kernel, it does not build the first two again.
	"${bisect[@]}" >/dev/null 2>&1 &
	process=$!
	while kill -0 $process 2>/dev/null &&
		[[ $(jq '.steps | length' bisection/bisect.json 2>/dev/null) -lt 2 ]]; do sleep \
		1; done
	kill -KILL $process || fail "seed $seed: ended before two kernels were judged"
	wait $process 2>/dev/null || true
	mapfile -t judged < <(stat -c '%n %y' bisection/runs/*/result.json)
	"${bisect[@]}" >found.json || fail "seed $seed: exit code $?: $(cat found.json)"
	for kept in "${judged[@]}"; do
		stat -c '%n %y' bisection/runs/*/result.json | grep -qxF "$kept" ||
			fail "seed $seed: it ran again: $kept"
	done
	jq -e --arg culprit "$culprit" '.found == $culprit and .proven
		and ([.proof[].answer] == ["bad", "good", "good"])' found.json >/dev/null ||
		fail "seed $seed: not $culprit: $(jq -c 'del(.steps)' found.json)"
	[[ -z $(git -C history status --porcelain --untracked-files=no) ]] ||
		fail "the tree is not as it was"
	git -C history bisect replay ../bisection/bisect.log >/dev/null || fail "git bisect replay"
	git -C history bisect reset >/dev/null 2>&1
	echo "seed $seed: $culprit in $((SECONDS - began)) s," \
		"$(jq -r '.steps | length' found.json) kernels"
done
no_leftovers "bisections"
