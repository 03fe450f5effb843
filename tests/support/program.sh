# shellcheck shell=bash
# Sourced by the whole-program tests. $1 of each is the foliostorm command. Gives: skip, fail,
# scratch (a directory that goes at exit), not_tried, all_tried, not_by_a_run, waits_for, expect,
# doctor_says, refuses, processes, table, test_kernel, no_leftovers, and interrupt_at.
set -euo pipefail
skip() { # REASON...: its parts with blanks between them
	echo "skipped: $*"
	exit 77
}

# A part of the test that cannot be made: the rest goes on, and all_tried, at the end, makes it a
# skip.
untried=()
not_tried() { # REASON...
	untried+=("$*")
}
all_tried() {
	[[ ${#untried[@]} -eq 0 ]] || skip "$(printf '%s; ' "${untried[@]}")the rest passed"
}

[[ $EUID -eq 0 ]] || skip "not root"
[[ -e /dev/fuse && -e /dev/loop-control ]] || skip "no /dev/fuse or no loop devices here"
command -v jq >/dev/null || skip "jq is not installed"
python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
# Mounts and workplaces of its own: what else runs on the machine is neither disturbed nor taken for
# a leftover.
if [[ -z ${FOLIOSTORM_TEST_APART-} ]]; then
	FOLIOSTORM_TEST_APART=1 exec unshare --mount --propagation private bash "$0" "$@"
fi
# shellcheck disable=SC2034 # used by who sources this
foliostorm=$(readlink -f "$1")
tests=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/..")
# shellcheck disable=SC2034 # used by who sources this
scenarios=$tests/../scenarios
scratch=$(mktemp -d /tmp/foliostorm-test.XXXXXX)

# not_by_a_run FILE...: what is there, or below, was made up or damaged by the test
not_by_a_run() {
	made_up+=("$@")
}
made_up=()

# Each result and event that a test leaves is held against the schemas, whatever else it does at its
# end.
validate() { # EXIT-CODE
	[[ $1 -ne 0 && $1 -ne 77 ]] ||
		"$tests/support/validate" "$(dirname "$foliostorm")" "$scratch" "${made_up[@]}" ||
		return 1
	return "$1"
}
trap() { # as the builtin
	if [[ ${*: -1} == EXIT ]]; then
		builtin trap -- "validate \$? && code=0 || code=\$?; $1; exit \$code" EXIT
	else
		# shellcheck disable=SC2064 # the caller has quoted it
		builtin trap "$@"
	fi
}
trap 'rm -rf "$scratch"' EXIT
# All of /run: a mount on /run/foliostorm alone would go when somebody else removes that directory.
# Names must still be resolved.
resolver=$(readlink -f /etc/resolv.conf || true)
[[ $resolver != /run/* ]] || cp "$resolver" "$scratch/resolv.conf"
mount -t tmpfs tmpfs /run
[[ $resolver != /run/* ]] || install -D "$scratch/resolv.conf" "$resolver"
# What others have mounted stays with them, and is not taken for ours.
awk '$3 == "fuse.foliostorm" { print $2 }' /proc/mounts | xargs -r -n 1 umount -l
export TMPDIR=$scratch # images of runs lie there, so their loop devices are told from others'

fail() { # MESSAGE...: its parts with blanks between them
	echo "FAILED: $*" >&2
	exit 1
}

# waits_for COMMAND...: returns when it succeeds; a failure of the test when it has not within
# $patience seconds
patience=60
waits_for() {
	local end=$((SECONDS + patience))
	until "$@"; do
		((SECONDS < end)) || fail "${story:+$story: }in vain for $patience s: $*"
		sleep 0.05
	done
}

# expect NAME JQ-CONDITION: of $scratch/NAME/result.json
expect() {
	jq -e "$2" "$scratch/$1/result.json" >/dev/null ||
		fail "$1: not so: $2:" \
			"$(jq -c 'del(.scenario, .preconditions)' "$scratch/$1/result.json")"
}

# doctor_says CHECK: true or false. A check that doctor does not have is a failure, not something
# that the machine lacks.
doctor_says() {
	local said
	said=$("$foliostorm" doctor --json | jq ".checks[] | select(.name == \"$1\").ok") || true
	[[ $said == true || $said == false ]] || fail "doctor says of $1: $said"
	echo "$said"
}

# processes PATTERN: a line "PID COMMAND" for each process of this test and of no other, but for its
# shells, whose command matches. They are known by their TMPDIR, which whatever they start inherits.
# The dead that nobody has waited for yet are not among them.
processes() {
	local environment command
	while read -r environment; do
		command=$(tr '\0' ' ' 2>/dev/null <"${environment%environ}cmdline") || continue
		[[ ! $command =~ $1 ]] || echo "${environment//[!0-9]/} $command"
	done < <(grep -lzxF "TMPDIR=$scratch" /proc/[0-9]*/environ 2>/dev/null)
}

is_gone() { # PATTERN: of processes
	[[ -z $(processes "$1") ]]
}

is_there() { # PATTERN: of processes
	! is_gone "$1"
}

# refuses CODE PATTERN COMMAND...: it ends with that code, and standard error has a line that
# matches (extended). What it says is in $scratch/out and $scratch/err.
refuses() {
	local code=$1 pattern=$2 got=0
	shift 2
	"$@" >"$scratch/out" 2>"$scratch/err" || got=$?
	[[ $got -eq $code ]] || fail "exit code $got, wanted $code: $* ($(cat "$scratch/err"))"
	grep -qE -- "$pattern" "$scratch/err" || fail "no \"$pattern\" in: $(cat "$scratch/err")"
}

# table: the rows on standard input; one that ends with a backslash goes on in the next line, less
# that line's indentation
table() {
	sed -e ':join' -e '/\\$/ { N; s/\\\n[ \t]*//; b join' -e '}'
}

# test_kernel PATTERN: the image of that name in the directory FOLIOSTORM_TEST_KERNELS; nothing
# where there is none
test_kernel() {
	[[ ! -d ${FOLIOSTORM_TEST_KERNELS-} ]] ||
		find -L "$FOLIOSTORM_TEST_KERNELS" -maxdepth 1 -name "$1" | sort | sed -n 1p
}

# Nothing of ours is mounted, attached, running or lying about.
no_leftovers() {
	local left
	left=$(grep -E 'fuse\.foliostorm|/run/foliostorm' /proc/mounts || true)
	left+=$(losetup -a | grep -F "$scratch/#" || true)
	left+=$(ls -d /run/foliostorm/* 2>/dev/null || true)
	left+=$(processes '^([^ ]*/)?(foliostorm|qemu-system)[^ ]* ')
	[[ -z $left ]] || fail "left over after $1: $left"
}

has_hits() { # COUNT EVENTS PROCESS [PATTERN]: or it has ended
	! kill -0 "$3" 2>/dev/null ||
		[[ $(grep '"type":"hit"' "$2" 2>/dev/null | grep -cE -- "${4-.}" || true) -ge $1 ]]
}

# interrupt_at COUNT EVENTS PROCESS [PATTERN]: sends it SIGTERM when the file of events has so many
# hits (that match); returns then, or when it has ended. What is in an --out directory comes in
# large pieces: --events has each line at once.
interrupt_at() {
	patience=400 waits_for has_hits "$@"
	kill -TERM "$3" 2>/dev/null || true
}
