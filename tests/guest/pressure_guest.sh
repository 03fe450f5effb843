#!/usr/bin/env bash
# A storm of reclaim in a cgroup whose memory is short, in a guest: there cgroup v2 has the memory
# controller.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

# With more time where a machine is busy with something else.
for duration in 3 60; do
	code=0
	"$foliostorm" guest --kernel 6.18.9 --timeout 400 --out "$scratch/reclaim" \
		"$scenarios/control-pread.cfg" --duration $duration --set storm.op=reclaim \
		--set storm.aim=0 --set storm.length=2M --set cgroup.memory_max=96M \
		--set 'readers[0].pages=all' --set expect.min_exposures=0 --quiet || code=$?
	[[ $code -ne 77 ]] || skip "a guest cannot be run here"
	[[ $code -eq 3 || $(jq .punches "$scratch/reclaim/result.json") -eq 0 ]] || break
done
[[ $code -eq 0 ]] ||
	fail "exit code $code: $(tail -n 20 "$scratch/reclaim/dmesg" 2>/dev/null || true)"
expect reclaim '.verdict == "VERIFIED" and .punches > 0 and .punches_failed == 0
	and .wrong_reads == 0 and .preconditions.cgroup and .error == null'
