#!/usr/bin/env bash
# The testbed itself, by kernels with a race and their twins without: the whole table of
# tools/guest/races, and the mutant seed1 by what the slots of the page cache lead to.
# FOLIOSTORM_TEST_KERNELS may name a directory with images such as 6.1.192-seed2 and 6.1.192-fixed;
# what is not there is fetched and built, which takes some ten minutes once for each source and
# configuration. Further arguments are the races to try, all without them.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
mutant=$(readlink -f "$tests/../tools/guest/mutant")

# told_apart MUTANT TWIN: by what the slots of the page cache lead to, in ten runs of one second
# each. How many splits that is, and so whether the twin is CLEAN by it, the machine decides; one is
# enough to tell.
told_apart() {
	local kernel wanted run
	for run in {1..10}; do
		for kernel in "$@"; do
			[[ $kernel == "$1" ]] && wanted=true || wanted=false
			rm -rf "$scratch/inspected"
			"$foliostorm" guest --image "$kernel" --quiet --out "$scratch/inspected" \
				--seed "$run" --duration 1 --set 'gate={}' \
				"$scenarios/split-window.cfg" >"$scratch/said" 2>&1 || true
			jq -e "(.inspection.verdict == \"misplaced\") == $wanted
				and .inspection.slots_inspected > 0" \
				"$scratch/inspected/result.json" >/dev/null || {
				cat "$scratch/said"
				fail "$(basename "$kernel") is not told by inspection in run $run"
			}
		done
	done
}

shift
options=(--fetch --foliostorm "$foliostorm" --out "$scratch/table")
[[ ! -d ${FOLIOSTORM_TEST_KERNELS-} ]] || options+=(--images "$FOLIOSTORM_TEST_KERNELS")
for race; do
	options+=(--only "$race")
done
code=0
"$tests/../tools/guest/races" "${options[@]}" || code=$?
[[ $code -ne 77 ]] || skip "a guest cannot be run here"
[[ $code -eq 0 || $code -eq 4 ]] || fail "tools/guest/races: exit code $code"
[[ $code -ne 4 ]] || not_tried "a kernel is not there"
code=0
if [[ $# -eq 0 || " $* " == *" seed1 "* ]]; then
	kernel=$("$mutant" seed1) && twin=$("$mutant" seed1 --fixed) || code=$?
	case $code in
	0) told_apart "$kernel" "$twin" ;;
	4 | 77) not_tried "the mutant seed1 cannot be built here" ;;
	*) fail "tools/guest/mutant seed1: exit code $code" ;;
	esac
fi
no_leftovers "the mutants"
all_tried
