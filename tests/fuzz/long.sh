#!/usr/bin/env bash
# Fuzzes every target for some minutes, two at a time, and says what was found. Builds build-fuzz/
# first.
#
# usage: tests/fuzz/long.sh MINUTES [TARGET...] Exit codes: 0 nothing was found, 1 something was, 2
# usage
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
[[ ${1-} =~ ^[0-9]+$ ]] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }
minutes=$1
shift
tools/build build-fuzz -DFUZZ=ON -DCMAKE_C_COMPILER=clang
targets=("$@")
[[ $# -gt 0 ]] ||
	mapfile -t targets < <(find build-fuzz/tests -maxdepth 1 -name 'fuzz_*' -type f \
	-executable -printf '%f\n' | sed 's/^fuzz_//' | sort)
[[ ${#targets[@]} -gt 0 ]] || { echo "build-fuzz/tests has no fuzzer" >&2; exit 1; }
samples() { # of a target
	echo "tests/data/$1"
	[[ $1 != scenario ]] || echo scenarios
}
fuzz() { # TARGET
	local directories
	mapfile -t directories < <(samples "$1")
	if tests/fuzz/run.sh $((minutes * 60)) "build-fuzz/tests/fuzz_$1" \
		"${directories[@]}" >"build-fuzz/tests/fuzz_$1.log" 2>&1; then
		echo "$1: $minutes minutes, $(awk '/number_of_executed_units/ { print $2 }' \
			"build-fuzz/tests/fuzz_$1.log") inputs, nothing found"
	else
		echo "$1: FOUND: see build-fuzz/tests/fuzz_$1.log"
		return 1
	fi
}
failed=0 running=0
for target in "${targets[@]}"; do
	if ((running == 2)); then
		wait -n || failed=1
		running=$((running - 1))
	fi
	fuzz "$target" &
	running=$((running + 1))
done
while ((running-- > 0)); do
	wait -n || failed=1
done
exit $failed
