#!/usr/bin/env bash
# The journal storm on a kernel that has the race: forced by a schedule, by plain loads with the
# engine outside of the guest, and with the one in its kernel by /proc/self/mem too.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/in_guest.sh
source "$tests/support/in_guest.sh"

# A few hits are enough; a run is judged by what it has seen when it is interrupted.
together=$(
	in_guest_functions
	in_guest_scenario journal "$scenarios/journal.cfg"
	cat <<-'END'
		run_until 3 procmem journal --duration 300 --set workload.readers.kind=procmem
		run_until 3 load journal --duration 300
	END
)
code=0
"$foliostorm" guest --kernel 6.18.9 --timeout 900 --out "$scratch/out" "$scenarios/journal.cfg" \
	--set expect.made=3 --expect hit \
	--command "$together" --quiet || code=$?
[[ $code -ne 77 ]] || skip "a guest cannot be run here"
[[ $code -eq 0 ]] || fail "exit code $code: $(tail -n 20 "$scratch/out/dmesg" 2>/dev/null || true)"
for name in procmem load; do
	# The page cache itself was right again by then: it was the reader's mapping, or its access,
	# that was not.
	expect "out/$name" \
		'.schedule.engine == "bpf" and .schedule.made > 0 and .verdict == "HIT"
			and .punches_hit > 0
			and any(.hits[]; .kind == "bytes" and (.pread_wrong | not))'
done
expect out \
	'.verdict == "HIT" and .schedule.engine == "qemu" and .schedule.made >= 3
		and .schedule.withstood == 0 and .punches_hit >= 3'
