#!/usr/bin/env bash
# Races of tools/doc/races.md that no other test forces: each hits on a kernel of Debian that has
# it.
#
# usage: races_guest.sh FOLIOSTORM [all]
# all: those that have not have to be clean, too; 5 minutes on a busy machine.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

# shows NAME VERDICT KERNEL SCENARIO OPTIONS...: the result is in $scratch/NAME.
shows() {
	local name=$1 verdict=$2 code=0
	"$foliostorm" guest --quiet --kernel "$3" "$scenarios/$4.cfg" --expect "$verdict" \
		--out "$scratch/$name" "${@:5}" >"$scratch/$name.txt" 2>&1 || code=$?
	[[ $code -ne 77 ]] || skip "a guest cannot be run here: $(cat "$scratch/$name.txt")"
	cat "$scratch/$name.txt"
	[[ $code -eq 0 ]] || fail "$name: exit code $code"
}

shows dedupe hit 7.2.12 dedupe --set expect.made=3
expect dedupe '.verdict == "HIT" and .schedule.made >= 3 and .punches_hit >= 2'
shows past-eof hit 6.16.12 past-eof --set expect.made=3
expect past-eof '.verdict == "HIT" and any(.hits[]; .kind == "outcome")'
if [[ ${2-} != all ]]; then
	no_leftovers "guests"
	exit 0
fi

shows partial-page hit 7.2.12 partial-page-forced --set expect.made=5
expect partial-page '.verdict == "HIT" and .schedule.made >= 5 and .punches_hit >= 3'
shows partial-page-ext4 clean 7.2.12 partial-page-forced --set expect.made=10 --set backing.fs=ext4
expect partial-page-ext4 '.verdict == "CLEAN" and .schedule.made >= 10 and .wrong_reads == 0'
shows past-eof-fixed clean 7.2.12 past-eof --set expect.made=4
shows fuse-sync hit 6.18.9 fuse-sync
expect fuse-sync '.verdict == "HIT" and any(.hits[]; .kind == "outcome")'
shows fuse-sync-fixed clean 7.2.12 fuse-sync
# On an affected kernel the punch spins until the guest is killed: by hand, with --kernel 6.18.5.
shows swap-truncate-fixed clean 6.18.9 swap-truncate --cpus 3
expect swap-truncate-fixed '.verdict == "CLEAN" and .schedule.made >= 6'
no_leftovers "guests"
