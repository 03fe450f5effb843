# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after frame.sh and xfs_in_memory MIB layer, by benches that cut the power under a
# database. Gives power_cuts, which asks the bench for these functions:
#
#   begin           what is done before the layer is mounted
#   write_database  writes to it in $top/layer until the power is cut; prints a line for each write
#                   that is acknowledged
#   end             ends what has files open in the layer
#   count           prints how many of the writes are in it in $top/xfs; fails if it does not open.
#                   Removes it.
#   complaint       prints what it said last

# cut NTH RULES: writes until the NTH operation, where the power is cut. Sets acked and kept; kept
# is -1 when the database does not open any more.
cut() {
	begin
	sync -f "$top/xfs"
	rm -f "$top/memory/log"
	"$foliostorm" mount --data-path daemon --allow-other --seed "$1" --log "$top/memory/log" \
		"$top/xfs" "$top/layer" >/dev/null
	cat >"$top/memory/rules" <<-END
		rules = ( $2 {
			when = { op = ( "data", "sync", "namespace", "setattr" ); nth = $1; };
			do = { signal = "SIGKILL"; crash = { keep = "random"; torn = "sector"; }; };
		} );
	END
	write_database >"$top/memory/acked"
	acked=$(grep -c . "$top/memory/acked") || true
	"$foliostorm" ctl "$top/layer" crash >/dev/null 2>&1 || true # where the moment has not come
	end
	umount "$top/layer"
	waits_for_end layer
	kept=$(count) || kept=-1
}

# Adds the rules. The operations of what comes before it do not count.
arm() {
	"$foliostorm" ctl "$top/layer" rules add -f "$top/memory/rules" >/dev/null
}

# power_cuts MOMENTS SEED OPERATIONS WRITES NAME JQ: so many power cuts, each at one of the first
# OPERATIONS, after which no write that was acknowledged may be missing; then a tenth as many of a
# disk that lies about its flushes. Says what is missing by that, of the last one for each file of
# which JQ makes a name out of the path. Returns 1 when something was lost of an honest disk.
power_cuts() {
	local moments=$1 operations=$3 writes=$4 name=$5 lies=$((($1 + 9) / 10))
	local failed=0 total=0 lost=0 dead=0 moment nth
	RANDOM=$2
	for ((moment = 1; moment <= moments; moment++)); do
		nth=$((RANDOM % operations + 1))
		cut "$nth" ""
		total=$((total + acked))
		if [[ $kept -lt $acked || $kept -gt $((acked + 1)) ]]; then
			echo "operation $nth: $acked $writes were acknowledged, and $kept are there"
			complaint
			failed=1
		fi
	done
	echo "$moments power cuts, $total $writes acknowledged$(
		[[ $failed = 1 ]] || echo ", none lost")"
	for ((moment = 1; moment <= lies; moment++)); do
		cut $((RANDOM % operations + 1)) \
			'{ when = { op = ( "fsync", "fsyncdir" ); }; do = { fsync = "lie"; }; },'
		[[ $kept -ge 0 ]] || dead=$((dead + 1))
		[[ $kept -ge $acked ]] || lost=$((lost + 1))
	done
	echo "$lies power cuts of a disk that lies: $writes lost at $lost, at $dead $name does" \
		"not open its database any more"
	jq -s -r "[.[] | select(.action == \"lost\") | .path |= ($6)] | group_by(.path) |
		map(\"    \\(.[0].path): \\(map(.drawn) | add) bytes\") | .[]" \
		"$top/memory/log" | tail -n 8
	return $failed
}
