#!/usr/bin/env bash
# The archives that guests start from are the user's alone, and the cache of them does not grow
# without end.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
export XDG_CACHE_HOME=$scratch/cache
cache=$XDG_CACHE_HOME/foliostorm/initramfs
mkdir -p "$cache"
for number in 1 2 3; do
	truncate -s 900M "$cache/programs-$number.cpio"
	touch -d "$number hours ago" "$cache/programs-$number.cpio"
done
chmod 700 "$cache"

archives() {
	"$tests/../tools/guest/initramfs" --file "$(type -P true)" || fail "initramfs: exit code $?"
}
made=$(archives)
cpio --quiet -t <"$made" | grep -qx bin/true || fail "$made has no bin/true"
[[ $(stat -c %a "$made") == 600 ]] || fail "$made: $(stat -c %A "$made")"
[[ -e $cache/programs-1.cpio && -e $cache/programs-2.cpio && ! -e $cache/programs-3.cpio ]] ||
	fail "of 2.7 GiB there stay, and should 1.8: $(ls -l "$cache")"
[[ $(archives) == "$made" ]] || fail "made again"
