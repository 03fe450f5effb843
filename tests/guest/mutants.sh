#!/usr/bin/env bash
# The testbed itself, by mutants: each kernel of tools/guest/mutants/table, in which a fix is
# undone, must be HIT by its scenario, and its twin with the fix must give no hit.
# FOLIOSTORM_TEST_KERNELS may name a directory with images such as 6.1.192-seed2 and 6.1.192-fixed;
# what is not there is built, which takes some ten minutes once for each source and configuration.
# Further arguments are the mutants to try, all without them.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
mutant=$(readlink -f "$tests/../tools/guest/mutant")

# image NAME SERIES DEBUG-VM [--fixed]: its path
image() {
	local file=$1 found='' code=0
	[[ -z ${4-} ]] || file=fixed
	[[ $3 == off ]] || found=$(test_kernel "$2.*-$file*")
	if [[ -z $found ]]; then
		found=$("$mutant" "$1" --debug-vm "$3" ${4:+"$4"}) || code=$?
		[[ $code -ne 77 && $code -ne 4 ]] || skip "a mutant cannot be built here"
		[[ $code -eq 0 ]] || fail "mutant $1 ${4-}: exit code $code"
	fi
	echo "$found"
}

# try VERDICT KERNEL SCENARIO OPTIONS...: adds a row to the table
try() {
	local verdict=$1 kernel=$2 scenario=$3 code=0 out shown
	shift 3
	shown="${scenario%.cfg}${*:+ $*}"
	out=$scratch/$(basename "$kernel")-$scenario
	rm -rf "$out"
	"$foliostorm" guest --image "$kernel" --expect "${verdict,,}" --quiet --out "$out" \
		"$scenarios/$scenario" "$@" \
		>"$scratch/said" 2>&1 || code=$?
	[[ $code -ne 77 ]] || skip "a guest cannot be run here: $(tail -n 1 "$scratch/said")"
	jq -r --arg mark "$([[ $code -eq 0 ]] || echo '!')" --arg kernel "$(basename "$kernel")" \
		--arg scenario "$shown" \
		'[$kernel, $scenario, .verdict, .punches_hit // "-", .punches // "-", .exposures // "-",
		  .first_hit_seconds // "-", .hits[0].class // .hits[0].kind // "-", $mark] | @tsv' \
		"$out/result.json" >>"$scratch/table" ||
		printf '%s\t%s\tnone\t-\t-\t-\t-\t-\t!\n' "$(basename "$kernel")" "$shown" >>"$scratch/table"
	tail -n 1 "$scratch/table"
	[[ $code -eq 0 ]] || { cat "$scratch/said"; bad+=("$(basename "$kernel") $shown: exit code $code, wanted $verdict"); }
}

# told_apart MUTANT TWIN: by what the slots of the page cache lead to, in ten runs of one second
# each. How many splits that is, and so whether the twin is CLEAN by it, the machine decides; one is
# enough to tell.
told_apart() {
	local kernel wanted run
	for run in {1..10}; do
		for kernel in "$@"; do
			[[ $kernel == "$1" ]] && wanted=true || wanted=false
			rm -rf "$scratch/inspected"
			"$foliostorm" guest --image "$kernel" --quiet --out "$scratch/inspected" --seed "$run" --duration 1 \
				--set 'gate={}' "$scenarios/split-window.cfg" >"$scratch/said" 2>&1 || true
			jq -e "(.inspection.verdict == \"misplaced\") == $wanted and .inspection.slots_inspected > 0" \
				"$scratch/inspected/result.json" >/dev/null || {
				cat "$scratch/said"
				bad+=("$(basename "$kernel") is not told by inspection in run $run")
			}
		done
	done
}

bad=()
shift
printf 'kernel\tscenario\tverdict\thit\tpunches\texposures\tfirst\thow\t\n' >"$scratch/table"
while read -r name series debug scenario options <&3; do
	[[ $# -eq 0 || " $* " == *" $name "* ]] || continue
	read -r -a options <<<"$options"
	kernel=$(image "$name" "$series" "$debug") || { code=$?; echo "$kernel"; exit $code; }
	twin=$(image "$name" "$series" "$debug" --fixed) || { code=$?; echo "$twin"; exit $code; }
	[[ "$name $debug" != 'seed1 off' ]] || told_apart "$kernel" "$twin"
	try HIT "$kernel" "$scenario" "${options[@]}"
	# Of most races without a script nobody has measured how much a run without a hit proves;
	# that there is none can be said. A script proves it by its passages.
	grep -q '^threads ' "$scenarios/$scenario" || options+=(--set race=none)
	try CLEAN "$twin" "$scenario" "${options[@]}"
done 3< <("$mutant" --list)
[[ $(wc -l <"$scratch/table") -gt 1 ]] || fail "no such mutant: $*"
echo
column -t -s $'\t' <"$scratch/table"
[[ ${#bad[@]} -eq 0 ]] || fail "$(printf '%s; ' "${bad[@]}")"
no_leftovers "the mutants"
