#!/usr/bin/env bash
# Fuzzes one target for some seconds, in bounded memory. What it finds stays in the directory
# "found" beside the program, named by the target.
#
# usage: tests/fuzz/run.sh SECONDS FUZZER SAMPLES-DIRECTORY...
set -euo pipefail
seconds=$1 fuzzer=$2
shift 2
found=$(dirname "$fuzzer")/found
corpus=$(dirname "$fuzzer")/corpus.d/$(basename "$fuzzer")
mkdir -p "$found" "$corpus"
run=()
# The sanitizers of older compilers do not cope with today's address space randomization.
! setarch -R true 2>/dev/null || run=(setarch -R)
"${run[@]}" "$fuzzer" -max_total_time="$seconds" -rss_limit_mb=512 -malloc_limit_mb=256 \
	-timeout=10 -print_final_stats=1 \
	-artifact_prefix="$found/$(basename "$fuzzer")-" -max_len=65536 "$corpus" "$@" 2>&1 |
	tail -n 60
