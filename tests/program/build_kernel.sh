#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What becomes of a build of a kernel, by a make that builds nothing: the image, or why there is
# none. usage: build_kernel.sh FOLIOSTORM
set -euo pipefail
build=$(readlink -f "$(dirname "$0")/../../tools/guest/build-kernel")
scratch=$(mktemp -d /tmp/foliostorm-test.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir bin tree
printf 'VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 9\n' >tree/Makefile
for program in gcc flex bison bc perl pahole ccache; do
	printf '#! /bin/sh\n' >bin/$program
done
# Says what $scratch/mood has; a question reads an answer.
cat >bin/make <<'END'
#! /bin/sh
for word; do
	case $word in
	O=*) objects=${word#O=} ;;
	KCONFIG_ALLCONFIG=*) cp "${word#*=}" "$objects/.config" ;;
	CC=*) echo "$word" ;;
	esac
done
case $* in *bzImage*) ;; *) exit 0 ;; esac
. ./mood
mkdir -p "$objects/arch/x86/boot" && cp "$objects/.config" "$objects/arch/x86/boot/bzImage"
END
chmod +x bin/*
export PATH=$scratch/bin:$PATH

fail() {
	echo "FAILED: $1" >&2
	exit 1
}

# comes_to CODE PATTERN ARGUMENTS...: of the last line
comes_to() {
	local code=0 wanted=$1 pattern=$2
	shift 2
	timeout 20 "$build" "$@" >said </dev/zero 2>&1 || code=$?
	[[ $code -eq $wanted ]] || fail "$*: exit code $code, wanted $wanted: $(cat said)"
	[[ $(tail -n 1 said) =~ $pattern ]] || fail "$*: the last line is not $pattern: $(cat said)"
}

echo : >mood
comes_to 0 '^built image$' tree objects image
cmp -s image <(sed '/^CONFIG/!d' "$(dirname "$build")"/mutants/kernel{,-6.1}.config) ||
	fail "not the configuration of its series"
comes_to 0 '^built bare$' --bare tree objects bare
# The same options, of which each line of bare.config decides another.
diff <(grep '^CONFIG_' image) bare >changed && fail "--bare changes nothing"
grep '^>' changed | sed 's/^> //' |
	diff - <(sed '/is not set$/!d' "$(dirname "$build")/mutants/bare.config") ||
	fail "--bare: not what bare.config takes out"
echo CONFIG_MINE=y >mine
comes_to 0 '^built other$' tree objects other mine
cmp -s other mine || fail "not the given configuration"
# What is there stays until there is another.
echo 'echo "mm/filemap.c:7:1: error: expected ;"; exit 2' >mood
comes_to 1 '^mm/filemap.c:7:1: error: expected ;$' tree objects image
[[ -s image && ! -e image.new ]] || fail "a failed build has touched the image"
echo 'echo "write error: No space left on device" >&2; exit 2' >mood
comes_to 4 'the disk with objects is full' tree objects image
echo 'read -r answer || { echo "error: a question"; exit 2; }' >mood
comes_to 1 'a question' tree objects image
comes_to 2 '^usage: ' tree objects
# Killed, it leaves no make behind that another build would meet, and no log for long.
echo 'echo $$ >making; exec sleep 100' >mood
"$build" tree objects image >/dev/null 2>&1 &
for ((i = 0; i < 200; i++)); do [[ ! -s making ]] || break; sleep 0.1; done
[[ -s making ]] || fail "build-kernel does not come to its make"
kill -KILL $!
wait $! 2>/dev/null || true
for ((i = 0; i < 200; i++)); do kill -0 "$(cat making)" 2>/dev/null || break; sleep 0.1; done
! kill -0 "$(cat making)" 2>/dev/null || fail "make goes on without build-kernel"
echo : >mood
comes_to 0 '^built image$' tree objects image
[[ -z $(find objects -name '.log.*') ]] || fail "logs are left"
