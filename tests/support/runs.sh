# shellcheck shell=bash
# Sourced, after program.sh, by tests that run scenarios on the kernel at hand. Gives: run.
# shellcheck disable=SC2154 # program.sh gives foliostorm and scratch

# run NAME OPTIONS...: the result is in $scratch/NAME
run() {
	local name=$1 code=0
	shift
	"$foliostorm" run --quiet --out "$scratch/$name" "$@" >"$scratch/$name.txt" || code=$?
	# On a busy machine a second can go by without a reader that meets a punch: then it gets twenty.
	if [[ $code -eq 3 ]]; then
		code=0
		"$foliostorm" run --quiet --out "$scratch/$name" "$@" --duration 20 >"$scratch/$name.txt" || code=$?
	fi
	cat "$scratch/$name.txt"
	no_leftovers "$name"
	[[ $code -eq 0 ]] || fail "$name: exit code $code"
}
