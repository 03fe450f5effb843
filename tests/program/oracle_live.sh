#!/usr/bin/env bash
# The oracle over a live run: whatever is changed in the backing file beneath it is found and named;
# and nothing is found where nothing was changed, in a longer run with four readers, storm and
# refills.
#
# usage: oracle_live.sh FOLIOSTORM TAMPER [SECONDS of the longer run]
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
tamper=$2
seconds=${3:-10}

truncate -s 400M "$scratch/xfs.img"
mkfs.xfs -q "$scratch/xfs.img"
mkdir "$scratch/xfs"
mount -o loop "$scratch/xfs.img" "$scratch/xfs"
trap 'kill %% 2>/dev/null || true; wait; umount "$scratch/xfs" || umount -l "$scratch/xfs"
	rm -rf "$scratch"' EXIT

# The storm goes round the two regions slowly, so a page that was tampered with stays so for a
# while.
cat >"$scratch/live.cfg" <<END
title = "a run to tamper with";
backing = { kind = "directory"; path = "$scratch/xfs"; };
files = ( { name = "live"; size = "512K"; folio = "256K"; } );
storm = { aim = 33; pause = "700ms"; };
readers = ( { kind = "pread"; pages = "all"; pace = "100us"; } );
race = "none";
END

find_file() {
	file=$(find "$scratch/xfs" -name live -size 512k 2>/dev/null)
	[[ -n $file ]]
}

for what in bit-flip swap zeros old-generation other-file torn; do
	code=0
	"$foliostorm" run -q "$scratch/live.cfg" --duration 300 --out "$scratch/$what" \
		--events "$scratch/$what.events" >"$scratch/$what.txt" 2>&1 &
	run=$!
	waits_for find_file
	said=$("$tamper" "$file" $what) || fail "$what: could not tamper with $file"
	read -r class page <<<"$said"
	interrupt_at 1 "$scratch/$what.events" $run "\"page\":$page\\b"
	wait $run || code=$?
	[[ $code -eq 1 ]] ||
		fail "$what: exit code $code, wanted 1 (a hit, and clean was expected):" \
			"$(cat "$scratch/$what.txt")"
	jq -e ".verdict == \"HIT\" and any(.hits[]; .class == \"$class\" and .page == $page)" \
		"$scratch/$what/result.json" >/dev/null ||
		fail "$what: not named $class at page $page:" \
			"$(jq -c .hits "$scratch/$what/result.json")"
	jq -e --argjson page "$page" 'all(.hits[]; .page == $page or .page == $page + 5)' \
		"$scratch/$what/result.json" >/dev/null ||
		fail "$what: a hit at another page: $(jq -c .hits "$scratch/$what/result.json")"
	echo "$what: named $class at page $page"
done
jq -e '.hits[0] | .sticky and .pread_wrong and .fresh_mapping_wrong' \
	"$scratch/zeros/result.json" >/dev/null ||
	fail "a zeroed page of the file is wrong however it is read:" \
		"$(jq -c '.hits[0]' "$scratch/zeros/result.json")"
jq -e '.hits[] | select(.page == 4) | .xor == 13 and .folio_order == 4 and .wrong_page == 9' \
	"$scratch/swap/result.json" >/dev/null ||
	fail "page 9 in the place of 4: $(jq -c '.hits' "$scratch/swap/result.json")"

# False alarms: every reader kind at once, all pages, while regions are punched and refilled as fast
# as they can be. Once more with more time where a machine is busy with something else.
for duration in "$seconds" $((6 * seconds)); do
	"$foliostorm" run -q "$scenarios/split-window.cfg" --expect clean --duration "$duration" \
		--out "$scratch/long" \
		--set 'files=({ name = "a"; size = "8M"; folio = "256K"; },
			{ name = "b"; size = "8M"; folio = "64K"; })' \
		--set 'readers=({ kind = "load"; pages = "all"; },
			{ kind = "procmem"; pages = "all"; }, { kind = "pipe"; pages = "all"; },
			{ kind = "pread"; pages = "all"; })' \
		--set race=none --set storm.linger=0 --set storm.settle=0 ||
		fail "a false alarm, or the run failed"
	! jq -e '.reads > 10000 and .refills > 100' "$scratch/long/result.json" >/dev/null || break
done
jq -e '.wrong_reads == 0 and .reads > 10000 and .refills > 100' \
	"$scratch/long/result.json" >/dev/null ||
	fail "too little was read: $(jq -c '{reads, refills, punches}' "$scratch/long/result.json")"
jq -c '{reads, reads_not_judged, wrong_reads, refills, punches, duration_seconds}' \
	"$scratch/long/result.json"
