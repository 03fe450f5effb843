#!/usr/bin/env bash
# Whether what a tuning claims holds: its best setting against the second best, side by side, again
# and again.
#
# usage: tests/bench/tune.sh FOLIOSTORM TUNED-DIR SCENARIO [HEADS [ROUNDS [tune options...]]]
#
# TUNED-DIR is what `foliostorm tune SCENARIO --out TUNED-DIR` has left. For each of HEADS (20)
# head-to-heads both settings are tried in ROUNDS (5) rounds of one run each, in an order that
# changes; with --guest VERSION each head-to-head is one boot. A head-to-head agrees with the claim
# when its own 95 % interval and the claimed one overlap. That both miss each other should be rare:
# it is a failure when more than one in ten does, or when the mean of all head-to-heads lies outside
# the claimed interval. What is measured goes to TUNED-DIR/heads.csv; it goes on where it was
# interrupted.
set -euo pipefail
foliostorm=$(readlink -f "$1")
out=$2 scenario=$3 heads=${4-20} rounds=${5-5}
shift $(($# < 5 ? $# : 5))
options=("$@")

duration=$(jq -r .duration "$out/tune.json")
best=$(jq -r .best "$out/tune.json")
low=$(jq -r .over_second.low "$out/tune.json")
high=$(jq -r .over_second.high "$out/tune.json")
[[ $low != null ]] || { echo "this tuning claims nothing of its second best" >&2; exit 2; }

# sets SETTING: its values as words of a command line
sets() {
	jq -r --argjson setting "$1" \
		'.settings[] | select(.setting == $setting) | .values | to_entries[] |
			"--set\n\(.key)=\(.value)"' "$out/tune.json"
}
mapfile -t first < <(sets "$best")
mapfile -t second < <(sets "$(jq -r .second "$out/tune.json")")
goal=$(jq -r '{ hits: "punches_hit", exposures: "exposures", captures: "captures" }[.goal]' \
	"$out/tune.json")

# Shell text that prints "WHICH COUNT SECONDS" for each run of a head-to-head.
runs() { # SEED PROGRAM SCENARIO
	local round which
	for ((round = 0; round < rounds; round++)); do
		for which in $(((round + $1) % 2)) $(((round + $1 + 1) % 2)); do
			local words=("${first[@]}")
			[[ $which -eq 0 ]] || words=("${second[@]}")
			# Not as expected is as good: they are counted.
			printf '%q ' "$2" run --quiet --format json --seed $((1000 * $1 + round)) \
				--duration "$duration" "${words[@]}" "$3"
			# shellcheck disable=SC2016 # the other shell expands it
			printf '>/tmp/head.json; echo head %s $(sed -nE '\''s/^  "%s": ([0-9]+)' \
				"$which" "$goal"
			printf ',?/\\1/p; s/^  "duration_seconds": ([0-9.]+),?/\\1/p'\'
			printf ' /tmp/head.json)\n'
		done
	done
}

[[ -e $out/heads.csv ]] ||
	echo 'head,difference,low,high,claimed_low,claimed_high,agrees' >"$out/heads.csv"
begin=$(($(wc -l <"$out/heads.csv")))
for ((head = begin; head <= heads; head++)); do
	if [[ " ${options[*]} " == *" --guest "* ]]; then
		text="cat >/tmp/scenario.cfg <<'END'"$'\n'"$(cat "$scenario")"$'\n'END$'\n'
		text+=$(runs "$head" foliostorm /tmp/scenario.cfg)
		lines=$("$foliostorm" guest "${options[@]/--guest/--kernel}" --quiet \
			--command "$text")
	else
		lines=$(bash -c "$(runs "$head" "$foliostorm" "$scenario")" || true)
	fi
	# The keys of a result are sorted neither way: the count is the whole number of the two.
	awk -v head="$head" -v low="$low" -v high="$high" -v rounds="$rounds" '
		$1 == "head" && NF == 4 {
			count = $3; seconds = $4
			if (count ~ /\./) { count = $4; seconds = $3 }
			n[$2]++; rate[$2, n[$2]] = count / seconds
			events[$2] += count; time[$2] += seconds
		}
		END {
			# 97.5 % points of Student'\''s t for 1 to 20 degrees of freedom.
			split("12.71 4.30 3.18 2.78 2.57 2.45 2.36 2.31 2.26 2.23 " \
				"2.20 2.18 2.16 2.14 2.13 2.12 2.11 2.10 2.09 2.09", t, " ")
			pairs = n[0] < n[1] ? n[0] : n[1]
			if (pairs < 2) exit 1
			for (i = 1; i <= pairs; i++) mean += (rate[0, i] - rate[1, i]) / pairs
			for (i = 1; i <= pairs; i++) squares += (rate[0, i] - rate[1, i] - mean) ^ 2
			error = squares / (pairs - 1) / pairs
			poisson = (events[0] + 1) / time[0] ^ 2 + (events[1] + 1) / time[1] ^ 2
			error = sqrt(error > poisson ? error : poisson)
			error *= t[pairs > 20 ? 20 : pairs - 1]
			printf "%d,%.4f,%.4f,%.4f,%.4f,%.4f,%s\n",
				head, mean, mean - error, mean + error, low, high,
				(mean - error <= high && mean + error >= low) ? "yes" : "no"
		}' <<<"$lines" >>"$out/heads.csv" ||
			{ echo "head $head: the runs failed: $lines" >&2; exit 1; }
	tail -n 1 "$out/heads.csv"
done
awk -F, 'NR > 1 { n++; sum += $2; agree += $7 == "yes"; low = $5; high = $6 }
	END {
		printf "%d of %d head-to-heads agree with the claim of %.2f to %.2f more a " \
			"second; their mean is %.2f\n", agree, n, low, high, sum / n
		exit !(n && agree >= 0.9 * n && sum / n >= low && sum / n <= high)
	}' "$out/heads.csv"
