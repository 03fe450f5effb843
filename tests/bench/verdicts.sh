#!/usr/bin/env bash
# Looks for wrong verdicts: shipped scenarios and random valid variations of one, on kernels whose
# split is known.
#
# usage: tests/bench/verdicts.sh FOLIOSTORM hit|clean|power [--busy] [--shipped PATTERN]
#                                [--variations A-B] [--seconds N] [--table FILE] KERNEL...
#
# hit: the kernels have the race of folio splits, and no run that asks for it may be CLEAN. clean:
# they have not, and none may be HIT. Scenarios of other races go by the verdict that they expect,
# but on a kernel that has the race of folio splits any of them may be HIT by that one, if a slot, a
# capture or pages read for others say so.
# --shipped: a regular expression, those of their names that match; --variations: which of them,
# each has a number. power: the kernels have it, and variations are seeds of split-window.cfg: each
# run by how many of its passages hit, and in the end whether as many did as the calibration says at
# least. A kernel is one of the archive, an image of FOLIOSTORM_TEST_KERNELS, or "bare": this
# machine's.
#
# Prints a line for each run: verdict, kernel, what was run, and on what the verdict stands; a wrong
# verdict has "!", and a run without a result "?". In the end how often each verdict came, and how
# many reads were judged. With --table the lines are added to the file, and what is in it already is
# not run again; the results of wrong verdicts are kept beside it, in FILE.wrong/LINE. --busy: with
# a busy loop on each processor of the host. Exit code 1 when a verdict was wrong or missing.
set -euo pipefail

usage() {
	sed -n '/^# usage: /,/^#$/s/^# \?//p' "$0" >&2
	exit 2
}
[[ $# -ge 2 ]] || usage
foliostorm=$(readlink -f "$1")
truth=$2
shift 2
# shellcheck source=tests/support/busy.sh
source "$(dirname "$0")/../support/busy.sh"
scenarios=$(readlink -f "$(dirname "$0")/../../scenarios")
variations=1-30 shipped=. seconds=8 busy='' table='' kernels=()
while [[ $# -gt 0 ]]; do
	case $1 in
	--busy) busy=yes ;;
	--shipped) shipped=$2; shift ;;
	--variations) variations=$2; shift ;;
	--seconds) seconds=$2; shift ;;
	--table) table=$2; shift ;;
	-*) usage ;;
	*) kernels+=("$1") ;;
	esac
	shift
done
scratch=$(mktemp -d)
trap 'busy_end; rm -rf "$scratch"' EXIT
[[ -z $busy ]] || busy_begin
[[ -n $table ]] || table=$scratch/table
touch "$table"
"$foliostorm" run --keys >"$scratch/keys"

words() { # KEY: the words of the key table
	grep -F "$1 " "$scratch/keys" | sed 's/.*(//; s/)$//; s/, /\n/g' |
		grep -vE '^(exec|directory|[^ ]* .*)$'
}
# some KEY WORD...: sets a key to one of them, mostly to none: a change or two shows more than ten
# at once
some() {
	local key=$1
	shift
	[[ $((RANDOM % 4)) -gt 0 ]] || echo "--set $key=${*:RANDOM % $# + 1:1}"
}
# The same for the same number. What is no scenario is refused, and another is drawn.
variation() { # NUMBER
	local key
	RANDOM=$1
	echo "--seed $1"
	for key in storm.op storm.through 'files[].make' 'readers[].kind' 'readers[].where' \
		'readers[].order' \
		mount.data_path backing.kind backing.fs; do
		# shellcheck disable=SC2046 # words
		some "${key/\[\]/[0]}" $(words "$key")
	done
	some 'readers[0].kind' load procmem pipe
	some storm.aim batched interleaved both random every:16 3 0-511
	some storm.length 8 4K 12K 32K 100K
	some storm.skip 2K
	some 'files[0].folio' 16K 64K 256K
	some 'files[0].first' 32M
	some 'readers[0].wait' none over 5us 100us
	some 'readers[0].pages' all 0-511 257-300
	some 'readers[0].count' 2 4
	some 'readers[0].pace' 10us 1ms
	some storm.settle 0 2ms
	some storm.linger 0 5ms
	some storm.pause 1ms
	some gate.lookup 20us
	some mount.threads 1 16
	some 'expect.power' 0.9
	[[ $((RANDOM % 3)) -gt 0 ]] || echo "--set witness=false --set gate={}"
	[[ $((RANDOM % 3)) -gt 0 ]] || echo "--set gate={}"
}

# What the kernel is asked for: the line of a run is its scenario and its options.
list() {
	local n
	if [[ $truth == power ]]; then
		for n in $(seq "${variations%-*}" "${variations#*-}"); do
			echo "split-window.cfg --seed $n"
		done
		return
	fi
	for n in "$scenarios"/*.cfg; do
		basename "$n" | grep -E -- "$shipped" || true
	done
	[[ $shipped =~ crash || $shipped == . ]] && echo "crash-6.18.7.cfg --set schedule=()"
	for n in $(seq "${variations%-*}" "${variations#*-}"); do
		echo "variation $n"
	done
}

# How it is said to run there.
runs_on() { # KERNEL
	local image=${FOLIOSTORM_TEST_KERNELS:-/nonexistent}/$1
	if [[ $1 == bare ]]; then
		echo run
	elif [[ -e $image ]]; then
		echo "guest --image $image"
	else
		echo "guest --kernel $1"
	fi
}

# The verdict of what was run, with "!" where it is wrong.
judge() { # KERNEL WHAT SCENARIO
	local race
	race=$(sed -n 's/^race *= *"\(.*\)";.*/\1/p' "$scenarios/$3")
	jq -r --arg kernel "$1" --arg what "$2" --arg truth "$truth" \
		--arg race "${race:-folio-split}" '
		(if $truth == "clean" then "clean" else "hit" end) as $split |
		((.inspection.splits_misplaced // 0) > 0 or (.captures // 0) > 0 or
		 ([.hits[] | select(.kind == "bytes")] |
		  length > 0 and all(.class == "other-page"))) as $seen |
		(if $race == "folio-split" then $split
		 elif $split == "hit" and .expected == "clean" and $seen then "either"
		 else .expected end) as $known |
		(if .verdict == "CLEAN" and $known == "hit" or
		 .verdict == "HIT" and $known == "clean" then "!" else " " end) as $mark |
		[ "\($mark) \(.verdict)", $kernel, $what, .reads, .reads_not_judged, .punches,
		  .exposures, (.splits_inspected // 0), (.inspection.splits_misplaced // 0),
		  (.misplaced_slots[0].punch // 0), .passages,
		  ([.punches_hit, .punches_captured // 0] | max), .calibration.chance // 0, .power,
		  .host.busy, (.host.stalled // -1 | . * 1000 | floor / 1000),
		  (.duration_seconds * 10 | floor / 10), .reason ] | @tsv
	' "$scratch/run/result.json" 2>/dev/null
}

keep() {
	local to=$table.wrong/$(($(wc -l <"$table") + 1))
	rm -rf "$to"
	mkdir -p "$table.wrong"
	mv "$scratch/run" "$to"
}

run() { # KERNEL WHAT SCENARIO OPTION...
	local kernel=$1 what=$2 scenario=$3 code=0
	shift 3
	rm -rf "$scratch/run"
	# shellcheck disable=SC2046 # words
	"$foliostorm" $(runs_on "$kernel") --quiet "$scenarios/$scenario" --duration "$seconds" \
		"$@" --out "$scratch/run" >"$scratch/said" 2>&1 </dev/null || code=$?
	if [[ $code -eq 2 && " $* " != *" --cpus "* ]] && grep -q 'roles, and' "$scratch/said"; then
		run "$kernel" "$what" "$scenario" "$@" --cpus 4
		return
	fi
	[[ $code -ne 2 ]] || return 2
	judge "$kernel" "$what" "$scenario" >"$scratch/line" || {
		local mark='?'
		[[ $code -ne 77 ]] || mark=' '
		printf '%s none\t%s\t%s\t%s\n' "$mark" "$kernel" "$what" \
			"$(tail -n 1 "$scratch/said")"
		return 0
	}
	[[ $(cat "$scratch/line") != "!"* ]] || keep
	cat "$scratch/line"
}

run_one() { # KERNEL LINE
	local kernel=$1 options
	read -ra options <<<"$2"
	if [[ ${options[0]} != variation ]]; then
		[[ $truth == power ]] || options+=(--until-proof)
		run "$kernel" "$2" "${options[@]}" ||
			echo "? none	$kernel	$2	$(tail -n 1 "$scratch/said")"
		return
	fi
	for ((draw = options[1]; ; draw += 1000)); do
		mapfile -t options < <(variation "$draw" | tr ' ' '\n' | grep .)
		run "$kernel" "$2: ${options[*]}" split-window.cfg "${options[@]}" --until-proof &&
			break
	done
}

# Of "power": by kernel and load, how many of the passages hit, and what was said at least; and the
# runs whose power is enough for CLEAN, and that missed.
powers() {
	awk -F'\t' '{
		key = $2 "\t" ($15 == "true" ? "busy" : "idle"); chance[key] = $13
		runs[key]++; passages[key] += $11; hits[key] += $12 < $11 ? $12 : $11
		strong[key] += $14 >= 0.999; missed[key] += $14 >= 0.999 && !$12
		first[key] += $10 > 0 && $8 == $9
	} END { for (key in runs)
		printf "%s\t%d runs, %d hits of %d passages (%.3f), at least %.3f are stated; " \
			"%d runs have 0.999, %d of these missed; " \
			"%d by inspection, in each split inspected\n",
			key, runs[key], hits[key], passages[key],
			passages[key] ? hits[key] / passages[key] : 0, chance[key],
			strong[key], missed[key], first[key] }' "$table"
}

# Kernels in turn, so that a table that is cut short has something of each.
list >"$scratch/list"
while read -r line; do
	for kernel in "${kernels[@]}"; do
		cut -f2,3 "$table" | sed 's/: .*//' | grep -qxF "$kernel	$line" ||
			run_one "$kernel" "$line" | tee -a "$table"
	done
done <"$scratch/list"
echo "verdicts:"
cut -c3- "$table" | cut -f1,2 | sort | uniq -c
awk -F'\t' '{ reads[$2] += $4 }
	END { for (k in reads) printf "%s: %d reads judged\n", k, reads[k] }' "$table"
[[ $truth != power ]] || powers
! grep -q '^[!?]' "$table" && [[ -s $table ]]
