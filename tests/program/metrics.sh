#!/usr/bin/env bash
# `foliostorm mount --metrics`: what it serves is what promtool takes, in both formats, and a real
# Prometheus reads it.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/steered.sh
source "$tests/support/steered.sh"
command -v curl >/dev/null || skip "curl is not installed"
socket=$scratch/metrics
get() { # PATH [CURL-OPTION]...
	local path=$1
	shift
	curl -sS --max-time 20 --unix-socket "$socket" "$@" "http://layer$path"
}
open=(-H 'Accept: application/openmetrics-text; version=1.0.0')

refused() { # CODE PATTERN ADDRESS
	local got=0
	timeout 20 "$foliostorm" mount --metrics "$3" "$scratch/xfs" "$place" 2>"$scratch/err" ||
		got=$?
	{ [[ $got -eq $1 ]] && grep -q -- "$2" "$scratch/err"; } ||
		fail "--metrics $3: exit code $got, $(cat "$scratch/err")"
}
if "$foliostorm" mount --metrics "unix:$socket" "$scratch/xfs" /nowhere 2>&1 |
	grep -q 'without libmicrohttpd'; then
	skip "built without libmicrohttpd"
fi
refused 2 'allowed: unix:PATH or 127.0.0.1:PORT' 0.0.0.0:9100
refused 2 'is not a port; allowed: 1 to 65535' 127.0.0.1:0
refused 2 'a path of 1 to 107 bytes' unix:
touch "$scratch/taken"
refused 4 'Address already in use' "unix:$scratch/taken"

cat >"$scratch/rules" <<-'END'
	rules = (
		{ name = "a \"rule\"\\"; when = "fsync"; do = { delay = "3ms"; }; },
		{ name = "shut"; when = { op = "open"; path = "no"; }; do = { error = "EACCES"; }; }
	);
END
serve() {
	"$foliostorm" mount --data-path daemon --seed 7 --metrics "$1" --rules "$scratch/rules" \
		"$scratch/xfs" "$place" >/dev/null
}
serve "unix:$socket"
[[ -S $socket && $(stat -c %a "$socket") == 600 ]] || fail "the socket is not its owner's alone"
for i in 1 2 3; do
	echo "$i" >"$place/f"
	sync "$place/f"
done
touch "$scratch/xfs/no"
! cat "$place/no" 2>/dev/null || fail "a rule does not refuse an open"
get /metrics >"$scratch/classic"
get /metrics "${open[@]}" >"$scratch/open"
[[ $(tail -n 1 "$scratch/open") == '# EOF' ]] || fail "OpenMetrics without an end"
for line in 'foliostorm_requests_total{operation="fsync"} 3' \
	'foliostorm_rule_firings_total{rule="a \"rule\"\\"} 3' \
	'foliostorm_request_errors_total{operation="open"} 1' \
	'foliostorm_request_duration_seconds_count{operation="fsync"} 3' \
	'foliostorm_request_duration_seconds_bucket{operation="fsync",le="0.001048576"} 0' \
	'foliostorm_request_duration_seconds_bucket{operation="fsync",le="+Inf"} 3' \
	'foliostorm_crashes_total 0' 'foliostorm_off 0'; do
	grep -qxF -- "$line" "$scratch/classic" || fail "no $line: $(cat "$scratch/classic")"
	grep -qxF -- "$line" "$scratch/open" || fail "no $line by OpenMetrics"
done
grep -qF 'data_path="daemon",seed="7"} 1' "$scratch/open" || fail "nothing is said of the layer"
awk '/duration_seconds_sum.*fsync/ { sum = $2 } END { exit !(sum >= 0.009 && sum < 60) }' \
	"$scratch/open" ||
	fail "3 delays of 3 ms: $(grep _sum "$scratch/open")"
[[ $(get /other -o /dev/null -w '%{http_code}') == 404 &&
	$(get /metrics -X POST -d x -o /dev/null -w '%{http_code}') == 405 ]] ||
	fail "something else is served"
# What is watched is printed until the layer ends.
"$foliostorm" ctl "$place" watch >"$scratch/watched" &
watcher=$!
waits_for grep -q '^fsync ' "$scratch/watched"
umount "$place"
wait "$watcher" || fail "ctl watch ends with $?"
waits_for is_gone "^$foliostorm mount "
[[ ! -e $socket ]] || fail "the socket is left"
# What a killed server leaves is taken over; who is killed has no command line before its files are
# closed.
is_closed() {
	! grep -q " $socket\$" /proc/net/unix
}
serve "unix:$socket"
kill -KILL "$(ctl --json status | jq .pid)"
waits_for is_gone "^$foliostorm mount "
waits_for is_closed
umount -l "$place"
serve "unix:$socket"
get /metrics | grep -q '^foliostorm_events_total 0$' ||
	fail "a socket that was left is not taken over"
umount "$place"
waits_for is_gone "^$foliostorm mount "
# A name that is not UTF-8 would make it all unreadable.
printf 'rules = ( { name = "caf\xe9"; when = "fsync"; do = { log = true; }; } );' >"$scratch/rules"
serve "unix:$socket"
get /metrics | grep -q '^foliostorm_rule_matches_total{rule="caf?"} 0$' ||
	fail "the name of a rule is not text: $(get /metrics | grep -a caf)"
umount "$place"
waits_for is_gone "^$foliostorm mount "
# A path from the directory where mount is called: the server leaves it.
(cd "$scratch" && serve unix:here)
[[ -S $scratch/here ]] || fail "no socket at a relative path"
umount "$place"
waits_for is_gone "^$foliostorm mount "
[[ ! -e $scratch/here ]] || fail "the socket at a relative path is left"

if command -v promtool >/dev/null; then
	promtool check metrics <"$scratch/classic" || fail "promtool finds fault with the metrics"
else
	not_tried "promtool (Debian: prometheus) is not installed"
fi
if command -v prometheus >/dev/null; then
	port=$((20000 + RANDOM % 20000))
	serve "127.0.0.1:$port" || fail "port $port"
	echo x >"$place/f"
	sync "$place/f"
	cat >"$scratch/prometheus.yml" <<-END
		global: { scrape_interval: 1s }
		scrape_configs:
		- { job_name: layer, static_configs: [ { targets: [ "127.0.0.1:$port" ] } ] }
	END
	prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/tsdb" \
		--web.listen-address="127.0.0.1:$((port + 1))" \
		>"$scratch/prometheus.log" 2>&1 &
	prometheus=$!
	has_read() {
		[[ $(curl -s --max-time 5 "http://127.0.0.1:$((port + 1))/api/v1/query" \
			--data-urlencode 'query=foliostorm_requests_total{operation="fsync"}' |
			jq -r '.data.result[0].value[1]') == 1 ]]
	}
	waits_for has_read
	kill "$prometheus"
	wait "$prometheus" || true
	umount "$place"
	waits_for is_gone "^$foliostorm mount "
else
	not_tried "prometheus is not installed"
fi
no_sanitizer_reports
all_tried
