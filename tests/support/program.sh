# shellcheck shell=bash
# Sourced by the whole-program tests. $1 of each is the foliostorm command. Gives: skip, fail, scratch (a directory that goes at
# exit), no_leftovers, and interrupt_at.
set -euo pipefail
skip() { # REASON
	echo "skipped: $1"
	exit 77
}

[[ $EUID -eq 0 ]] || skip "not root"
[[ -e /dev/fuse && -e /dev/loop-control ]] || skip "no /dev/fuse or no loop devices here"
command -v jq >/dev/null || skip "jq is not installed"
# Mounts and workplaces of its own: what else runs on the machine is neither disturbed nor taken for a leftover.
if [[ -z ${FOLIOSTORM_TEST_APART-} ]]; then
	FOLIOSTORM_TEST_APART=1 exec unshare --mount --propagation private bash "$0" "$@"
fi
foliostorm=$(readlink -f "$1")
tests=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/..")
# shellcheck disable=SC2034 # used by who sources this
scenarios=$tests/../scenarios
scratch=$(mktemp -d /tmp/foliostorm-test.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
# All of /run: a mount on /run/foliostorm alone would go when somebody else removes that directory. Names must still be resolved.
resolver=$(readlink -f /etc/resolv.conf || true)
[[ $resolver != /run/* ]] || cp "$resolver" "$scratch/resolv.conf"
mount -t tmpfs tmpfs /run
[[ $resolver != /run/* ]] || install -D "$scratch/resolv.conf" "$resolver"
export TMPDIR=$scratch # images of runs lie there, so their loop devices are told from others'

fail() { # MESSAGE
	echo "FAILED: $1" >&2
	exit 1
}

# Nothing of ours is mounted, attached, running or lying about.
no_leftovers() {
	local left
	left=$(grep -E 'fuse\.foliostorm|/run/foliostorm' /proc/mounts || true)
	left+=$(losetup -a | grep -F "$scratch/#" || true)
	left+=$(ls -d /run/foliostorm/* 2>/dev/null || true)
	left+=$(pgrep -af "^$foliostorm " || true)
	[[ -z $left ]] || fail "left over after $1: $left"
}

# interrupt_at COUNT EVENTS PROCESS [PATTERN]: sends it SIGTERM when the file of events has so many hits (that match); returns then, or when it has ended.
# What is in an --out directory comes in large pieces: --events has each line at once.
interrupt_at() {
	while kill -0 "$3" 2>/dev/null; do
		if [[ $(grep '"type":"hit"' "$2" 2>/dev/null | grep -cE -- "${4-.}" || true) -ge $1 ]]; then
			kill -TERM "$3" 2>/dev/null || true
			return
		fi
		sleep 0.1
	done
}
