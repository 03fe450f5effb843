# shellcheck shell=bash
# Sourced by tests that make several runs in one guest. Gives: in_guest_functions,
# in_guest_scenario.

# The beginning of a --command: what makes runs in the guest, each with its result in the directory
# NAME of the --out directory. A run that is inconclusive, as on a busy machine, is made once more
# with more time.
in_guest_functions() {
	cat <<-'END'
		# run NAME SCENARIO OPTIONS...
		run() {
			name=$1 scenario=$2
			shift 2
			set -- --quiet --out "/out/$name" "/tmp/$scenario.cfg" "$@"
			foliostorm run "$@" && return
			[ $? -ne 3 ] || foliostorm run "$@" --duration 60
		}
		# run_until HITS NAME SCENARIO OPTIONS...: it is ended when it has so many
		run_until() {
			hits=$1 name=$2 scenario=$3
			shift 3
			events=/tmp/$name.events
			foliostorm run --quiet --out "/out/$name" --events "$events" \
				"/tmp/$scenario.cfg" "$@" &
			while kill -0 $! 2>/dev/null; do
				met=$(grep -c '"type":"hit"' "$events" 2>/dev/null)
				if [ "$met" -ge "$hits" ] 2>/dev/null; then
					kill -TERM $!
					break
				fi
				sleep 0.2
			done
			wait $!
		}
	END
}

# in_guest_scenario NAME FILE: goes along in the --command, as that name
in_guest_scenario() {
	echo "cat >/tmp/$1.cfg <<'THE END OF THE SCENARIO'"
	cat "$2"
	echo "THE END OF THE SCENARIO"
}
