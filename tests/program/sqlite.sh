#!/usr/bin/env bash
# SQLite under power cuts at random moments: with its syncs on no commit is lost that it has
# acknowledged; where the disk lies about them, some are, and the log names the files.
#
# usage: sqlite.sh FOLIOSTORM APPLICATION [MOMENTS [SEED]]
#
# MOMENTS: power cuts of each kind (3)
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v sqlite3 >/dev/null || skip "sqlite3 is not installed"
# shellcheck source=tests/support/steered.sh
source "$tests/support/steered.sh"
moments=${3:-3}
RANDOM=${4:-1}
commits=60

# cut RULES JOURNAL SYNCHRONOUS SEED: commits until the power is cut, at the moment that RULES say.
# Sets acked and kept; kept is -1 when the database is damaged.
cut() {
	local i integrity
	rm -f "$scratch/xfs"/t.db* "$scratch/log"
	sqlite3 "$scratch/xfs/t.db" \
		"PRAGMA journal_mode=$2; CREATE TABLE t(i INTEGER PRIMARY KEY, v TEXT);" >/dev/null
	sync -f "$scratch/xfs"
	printf '%s\n' "$1" >"$scratch/rules"
	"$foliostorm" mount --data-path daemon --seed "$4" --rules "$scratch/rules" \
		--log "$scratch/log" "$scratch/xfs" "$place" >/dev/null
	# It dies by a signal, which the shell would tell of.
	({
		echo "PRAGMA journal_mode=$2; PRAGMA synchronous=$3;"
		for ((i = 1; i <= commits; i++)); do
			echo "INSERT INTO t VALUES($i, hex(randomblob($((RANDOM % 3000)))));" \
				"SELECT $i;"
		done
	} | stdbuf -oL sqlite3 -bail "$place/t.db" >"$scratch/acked") 2>/dev/null || true
	acked=$(grep -cE '^[0-9]+$' "$scratch/acked") || true
	ctl crash >/dev/null 2>&1 || true # where the moment has not come
	umount "$place"
	waits_for is_gone "^$foliostorm mount "
	integrity=$(sqlite3 "$scratch/xfs/t.db" "PRAGMA integrity_check;" 2>&1) || true
	kept=$(sqlite3 "$scratch/xfs/t.db" "SELECT count(*) FROM t;" 2>/dev/null) || kept=-1
	[[ $integrity == ok ]] || kept=-1
}

# at_moment N MORE: rules that cut the power at the Nth operation. SQLite takes a directory that
# cannot be opened for one that need not be synced, and would acknowledge a commit after the cut: so
# it dies with it.
at_moment() {
	echo "rules = ( $2 { name = \"cut\";
		when = { op = ( \"data\", \"sync\", \"namespace\", \"setattr\" ); nth = $1; };
		do = { signal = \"SIGKILL\";
			crash = { keep = \"random\"; torn = \"sector\"; }; }; } );"
}

# In the journal mode DELETE, FULL does not sync the directory after a commit, as its manual says:
# EXTRA does.
total=0
for way in "WAL FULL" "DELETE EXTRA" "TRUNCATE FULL" "PERSIST FULL"; do
	read -r journal synchronous <<<"$way"
	before=$total
	for ((moment = 1; moment <= moments; moment++)); do
		cut "$(at_moment $((RANDOM % 600 + 1)) "")" "$journal" "$synchronous" "$moment"
		[[ $kept -ge $acked && $kept -le $((acked + 1)) ]] ||
			fail "$journal, $synchronous, seed $moment: $acked commits were" \
				"acknowledged, and $kept are there ($(head -n 2 "$scratch/rules"))"
		total=$((total + acked))
	done
	[[ $total -gt $before ]] ||
		fail "$way: nothing was committed before the power was cut"
done
echo "$((4 * moments)) power cuts, $total commits acknowledged, none lost"

# A disk that lies about its flushes.
lost=0 tries=0
liar='{ name = "liar"; when = { op = ( "fsync", "fsyncdir" ); }; do = { fsync = "lie"; }; },'
for ((moment = 1; moment <= moments || (!lost && moment <= 30); moment++)); do
	cut "$(at_moment $((RANDOM % 600 + 1)) "$liar")" WAL FULL "$moment"
	tries=$((tries + 1))
	[[ $kept -lt $acked ]] || continue
	lost=$((lost + 1))
	# shellcheck disable=SC2016 # jq's
	jq -se 'map(select(.action == "lost" or .action == "undone") | .path) |
		any(test("^t.db"))' "$scratch/log" >/dev/null ||
		fail "$((acked - kept)) commits are lost, and the log names no file of the" \
			"database: $(cat "$scratch/log")"
done
[[ $lost -gt 0 ]] || fail "with a disk that lies nothing was lost at $tries moments"
echo "with a disk that lies, commits were lost at $lost of $tries moments"
no_sanitizer_reports
