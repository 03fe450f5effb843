#!/usr/bin/env bash
# Journals as systemd's own tools see them: our files pass the real journalctl, and files of theirs
# are imported; the workload that writes, archives and reads them is clean on this kernel.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/runs.sh
source "$tests/support/runs.sh"
journal_files=$2
remote=/usr/lib/systemd/systemd-journal-remote

if command -v journalctl >/dev/null; then
	mkdir "$scratch/files"
	"$journal_files" "$scratch/files" 0 40
	passed=0
	for file in "$scratch"/files/*.journal; do
		journalctl --verify --file "$file" >"$scratch/said" 2>&1 ||
			fail "$file: $(tail -n 3 "$scratch/said")"
		passed=$((passed + 1))
	done
	[[ $passed -eq 40 ]] || fail "$passed files of 40"
	# What journalctl reads is what was written: each entry has one message.
	entries=$(journalctl --file "$scratch/files/000007.journal" --header |
		sed -n 's/^Entry objects: //p')
	[[ $(journalctl --file "$scratch/files/000007.journal" -o json | jq -r .MESSAGE |
		wc -l) -eq $entries && $entries -gt 100 ]] ||
		fail "journalctl does not read $entries entries"
	# And it does look: one byte of a message.
	printf '#' | dd of="$scratch/files/000007.journal" bs=1 conv=notrunc status=none \
		seek="$(grep -abo MESSAGE= "$scratch/files/000007.journal" | sed -n '5s/:.*//p')"
	! journalctl --verify --file "$scratch/files/000007.journal" >/dev/null 2>&1 ||
		fail "a damaged file passes"
	rm -r "$scratch/files"
else
	not_tried "no journalctl here: our files are not verified by it"
fi

# import NAME CODE PATTERN: of $scratch/NAME.journal
import() {
	local code=0
	"$foliostorm" import journal "$scratch/$1.journal" \
		-o "$scratch/$1.cfg" >"$scratch/$1.txt" 2>&1 || code=$?
	[[ $code -eq $2 ]] ||
		fail "import of $1: exit code $code, wanted $2: $(cat "$scratch/$1.txt")"
	grep -q -- "$3" "$scratch/$1.txt" ||
		fail "import of $1 does not say $3: $(cat "$scratch/$1.txt")"
}

"$journal_files" "$scratch" 13 1
mv "$scratch/000013.journal" "$scratch/ours.journal"
import ours 0 'the end of the file'
# The end of this one begins with half of a folio.
"$journal_files" "$scratch" 27 1
mv "$scratch/000027.journal" "$scratch/half.journal"
import half 0 'no hole exposes anything: a run of this is inconclusive'
grep -q 'would expose [1-9][0-9]*; --storm makes the best one' "$scratch/half.txt" ||
	fail "it does not say what would: $(cat "$scratch/half.txt")"
# A storm of the same, and one of a packed journal.
zstd -q "$scratch/ours.journal" -o "$scratch/packed.zst"
for file in half.journal packed.zst; do
	"$foliostorm" import journal --storm "$scratch/$file" -o "$scratch/storm.cfg" \
		--force >"$scratch/storm.txt" || fail "no storm of $file"
	"$foliostorm" run -q "$scratch/storm.cfg" --duration 1 \
		--set race=none >"$scratch/storm.out" ||
		fail "storm of $file: $(cat "$scratch/storm.out")"
done
# Pages that hold others, as a split serves them, in the account and by the scan, which follows
# links that are named.
cp "$scratch/ours.journal" "$scratch/shifted.journal"
dd if="$scratch/ours.journal" of="$scratch/shifted.journal" bs=4096 skip=64 seek=96 count=8 \
	conv=notrunc status=none
shifted='pages 0x60 to 0x67 hold page 0x40 and on: XOR 0x20, the upper half of a folio of order 6'
shifted+=' served by the head of its lower half'
import shifted 0 "$shifted"
mkdir "$scratch/files"
ln -s ../shifted.journal "$scratch/files/link"
ln -s nowhere "$scratch/files/dangling"
cp "$scratch/ours.journal" "$scratch/files"
scan() { # CODE PATTERN PATH...
	local code=0
	"$foliostorm" scan "${@:3}" >"$scratch/scan.txt" 2>&1 || code=$?
	[[ $code -eq $1 ]] ||
		fail "scan ${*:3}: exit code $code, wanted $1: $(cat "$scratch/scan.txt")"
	grep -q -- "$2" "$scratch/scan.txt" ||
		fail "scan ${*:3} does not say $2: $(cat "$scratch/scan.txt")"
}
scan 0 'ours.journal: systemd journal, 4096 pages, no damage seen' "$scratch/files"
scan 1 "$shifted" "$scratch/files/link"
scan 2 'dangling: a link to a missing file' "$scratch/files/dangling"
# Packed, cut off in its packing, and in an archive, which is an error if it is named.
for pack in zstd xz lz4 gzip bzip2; do
	"$pack" -c "$scratch/shifted.journal" >"$scratch/files/packed"
	scan 1 "packed: systemd journal in $pack, 4096 pages, DAMAGED" "$scratch/files/packed"
	grep -q "$shifted" "$scratch/scan.txt" || fail "not in $pack: $(cat "$scratch/scan.txt")"
done
head -c -5000 "$scratch/files/packed" >"$scratch/files/cut"
scan 1 'cut: systemd journal in bzip2 that is damaged or cut off' "$scratch/files/cut"
gzip -c "$scratch/ours.journal" | gzip -c >"$scratch/files/twice"
scan 0 'twice: systemd journal in gzip, 4096 pages, no damage seen' "$scratch/files/twice"
head -c 30 "$scratch/files/packed" >"$scratch/files/head"
scan 2 'head: begins as bzip2 does, but cannot be unpacked' "$scratch/files/head"
rm "$scratch/files"/{packed,cut,head,twice}
tar -C "$scratch" -cf "$scratch/files/all.tar" ours.journal
scan 2 'all.tar: is a tar archive; unpack it, and scan what was in it' "$scratch/files/all.tar"
scan 0 'all.tar: is a tar archive, not looked into' "$scratch/files"
rm -r "$scratch/files"
# Other damage: the other way round, and a sector.
dd if="$scratch/ours.journal" bs=4096 count=96 status=none >"$scratch/copied.journal"
{
	dd if="$scratch/ours.journal" bs=4096 skip=97 count=1 status=none
	dd if="$scratch/ours.journal" bs=4096 skip=97 status=none
} >>"$scratch/copied.journal"
import copied 0 'THE JOURNAL IS DAMAGED, not as the split race does it: see the pages in remarks'
scan 1 'page 0x60 holds page 0x61, as no split serves it' "$scratch/copied.journal"
cp "$scratch/ours.journal" "$scratch/torn.journal"
head -c 512 /dev/urandom | dd of="$scratch/torn.journal" bs=512 seek=$((96 * 8 + 3)) conv=notrunc \
	status=none
scan 1 'page 0x60: damaged: ' "$scratch/torn.journal"
# Without the last object there is no hole at the end; what is left is too small.
head -c 1000000 "$scratch/ours.journal" >"$scratch/cut.journal"
small='archiving it would punch no hole of 512K or more; expected a journal that has such a hole'
import cut 2 "$small, or --storm, which makes one on files of its own\$"
head -c 100 "$scratch/ours.journal" >"$scratch/head.journal"
import head 2 'is too short for a journal.s header; expected a journal file'
: >"$scratch/empty.journal"
import empty 2 'empty.journal: is empty; expected'
head -c 100000 /dev/zero >"$scratch/zeros.journal"
import zeros 2 'no signature of a journal'
[[ ! -e $scratch/zeros.cfg ]] || fail "a scenario of nothing"
if [[ -x $remote ]]; then
	for ((i = 0; i < 2000; i++)); do
		printf '__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n' \
			$((1700000000000000 + i)) $((i + 1))
		printf '_BOOT_ID=%s\nMESSAGE=line %d\nPRIORITY=%d\n\n' \
			0123456789abcdef0123456789abcdef $i $((i % 8))
	done | "$remote" -o "$scratch/theirs.journal" - 2>/dev/null
	import theirs 0 '2000  entries by the header'
	grep -q 'secret\|MESSAGE\|line 1' "$scratch/theirs.cfg" &&
		fail "content of the file is in the scenario"
else
	not_tried "no systemd-journal-remote here: files of its making are not imported"
fi

# What can be tried without an engine for schedules.
loose=("$scenarios/journal.cfg" --set 'schedule=()' --set workload.readers.kind=procmem)
enough='.reads > 1000 and (.workload.details | .archived > 0 and .holes_end > 0
	and .holes_array >= 4 and .entries > 13000)' judge regular "${loose[@]}" --duration 2
expect regular '.exposures >= 3 and .error == null and .folios_whole > .folios_other'
expect regular \
	'.workload.kind == "journal" and .workload.outcome == "done"
		and .workload.punches == .punches'
expect regular '.passages >= 0 and .passages <= .punches'
expect regular '(.readers | length) == 1 and (.expected == "hit" or .verdict != "HIT")'
enough='.reads > 1000' run compact "${loose[@]}" --duration 1 --set workload.format=compact \
	--set workload.hash=plain --set workload.folio=any \
	--set workload.readers.count=3 --set workload.readers.kind=load --set workload.rate=20000 \
	--set race=none
expect compact \
	'(.readers | length) == 3 and .wrong_reads == 0 and .workload.operations > 0
		and .workload.operations <= 20000 * .duration_seconds + 10000'
# Whatever the time it gets, a run of holes that expose nothing does not get further: a hole that
# takes all of a folio, and what is said of an import. On a busy machine others hold folios, and
# that splits failed may be the reason given.
idle() { # NAME SCENARIO OPTIONS...
	local code duration
	for duration in 1 20 60; do
		code=0
		"$foliostorm" run -q --out "$scratch/$1" "$2" --duration $duration \
			--set watchdog=2m --set expect.min_exposures=1 "${@:3}" \
			>"$scratch/$1.txt" || code=$?
		[[ $code -eq 3 ]] || fail "$1: exit code $code: $(cat "$scratch/$1.txt")"
		! jq -e '.punches > 0 and (.reason | test("expose no page"))' \
			"$scratch/$1/result.json" >/dev/null || break
	done
	expect "$1" \
		'.workload.details.exposed_pages == 0 and .punches > 0
			and (.reason | test("punches expose no page that is in use"))'
}
idle whole "${loose[@]}" \
	--set 'workload.layout={ size = "8M"; holes = ( { offset = "2M"; length = "2M"; } ); }'
idle half "$scratch/half.cfg"
enough='.workload.details.holes_end > 0 and .reads > 100' judge imported "$scratch/ours.cfg" \
	--duration 1
expect imported '.expected == "hit" or .verdict != "HIT"'
if [[ -e $scratch/theirs.cfg ]]; then
	enough='.workload.details.holes_end > 0 and .reads > 100' judge theirs \
		"$scratch/theirs.cfg" --duration 1
	expect theirs '.expected == "hit" or .verdict != "HIT"'
fi

# wrong PATTERN OPTIONS...: refused before anything is touched
wrong() {
	refuses 2 "$1" "$foliostorm" run -q "$scenarios/journal.cfg" "${@:2}"
}
wrong 'workload.format: "wide" is unknown; allowed: regular, compact' --set workload.format=wide
wrong 'workload.folio: .*allowed: any, 2M' --set workload.folio=1M
wrong 'workload.entry.dist' --set workload.entry.median=10B --set workload.entry.p99=5B
# Its readers have a role; its writer has none.
wrong "schedule\\[1\\].hold: .*writer" --set 'schedule[1].hold="writer"'
wrong 'workload.layout: hole 0 ends beyond' \
	--set 'workload.layout={ size = "8M"; holes = ( { offset = "7M"; length = "2M"; } ); }'
wrong 'workload.layout: 0 holes' --set 'workload.layout={ size = "8M"; }'
wrong 'workload.kind: .*daemon' --set mount.data_path=daemon
wrong 'backing.size: too small' --set workload.rotate.size=400M
all_tried
