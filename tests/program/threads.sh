#!/usr/bin/env bash
# Scripted threads: all operations, judged by what the threads have done; what does not end as it
# has to is a hit, and what fails unexpectedly an error.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

# scenario NAME THREADS [MORE]: it is in $scratch/NAME.cfg
scenario() {
	cat >"$scratch/$1.cfg" <<-END
		title = "$1"; race = "none"; duration = 30.0; expect = { made = 3; };
		backing = { kind = "image"; size = "300M"; };
		files = ( { name = "a"; size = "4M"; },
			{ name = "b"; size = "64K"; folio = "64K"; } );
		threads = ( $2 );
		${3-}
	END
}

# play NAME CODE: its result is in $scratch/NAME, what was said in $scratch/NAME.txt
play() {
	local code=0
	"$foliostorm" run --quiet "$scratch/$1.cfg" --out "$scratch/$1" >"$scratch/$1.txt" 2>&1 ||
		code=$?
	cat "$scratch/$1.txt"
	[[ $code -eq $2 ]] || fail "$1: exit code $code, wanted $2"
	no_leftovers "$1"
}

# With ThreadSanitizer a SIGBUS whose handler ends by a jump is the end of the process.
sigbus='{ op = "load"; page = 800; expect = "SIGBUS"; },'
! grep -q __tsan_init "$foliostorm" || sigbus=''

# Two threads change a file and load from it at the same time: whatever comes of that is allowed,
# and nothing else comes.
scenario beside '
	{ name = "changer"; do = ( { op = "punch"; page = 257; length = "12K"; },
		{ op = "store"; page = 258; }, { op = "zero-range"; page = 3; },
		{ op = "pwrite"; page = 3; offset = "512B"; length = "8K"; },
		{ op = "msync"; page = 258; }, { op = "fdatasync"; },
		{ op = "pwrite-direct"; page = 600; length = "8K"; },
		{ op = "truncate"; size = "3M"; }, '"$sigbus"' { op = "pread"; page = 800; },
		{ op = "fallocate"; page = 800; }, { op = "truncate"; size = "4M"; },
		{ op = "fsync"; must_return_within = "10s"; } ); },
	{ name = "loader"; do = ( { op = "load"; page = 256; length = "16K"; repeat = 20; },
		{ op = "procmem"; page = 800; }, { op = "pread"; page = 3; repeat = 5; },
		{ op = "pread-cached"; page = 300; },
		{ op = "pread-range"; page = 598; length = "16K"; repeat = 20; },
		{ op = "splice"; page = 258; length = "8K"; } ); }' '
	before = ( { op = "load"; page = 256; length = "64K"; },
		{ op = "fadvise"; advice = "dontneed"; page = 512; length = "2M"; },
		{ op = "readahead"; page = 512; length = "1M"; } );
	after = ( { op = "pread"; length = "0B"; }, { op = "load"; length = "0B"; } );'
play beside 0
expect beside \
	'.verdict == "VERIFIED" and .threads.iterations == 3 and .threads.hit == 0
		and .threads.judged == '$((${#sigbus} ? 6 : 3))
expect beside '.readers | map(.kind) == ["changer", "loader", "before and after"]'
expect beside '.reads > 3 * 2 * 1024 and .wrong_reads == 0'

# The end of the file moves both ways at once, and others change what is behind it: what is left is
# not always known, but never wrong.
if [[ -n $sigbus ]]; then
	scenario sizes '
		{ name = "cutter"; do = ( { op = "truncate"; file = "b"; size = "4K"; repeat = 3; },
			{ op = "truncate"; file = "b"; size = "36K"; },
			{ op = "truncate"; file = "b"; size = "5K"; },
			{ op = "punch"; file = "b"; page = 4; length = "8K"; },
			{ op = "load"; file = "b"; page = 4; expect = ( "ok", "SIGBUS" ); } ); },
		{ name = "writer"; do = ( { op = "pwrite"; file = "b"; page = 8; length = "32K"; },
			{ op = "fallocate"; file = "b"; page = 12; length = "16K"; },
			{ op = "pwrite"; file = "b"; page = 4; offset = "100B"; length = "8000B"; },
			{ op = "copy-range"; file = "b"; page = 14; to = "a"; expect = "any"; },
			{ op = "pread"; file = "b"; page = 12; length = "16K"; } ); },
		{ name = "storer"; do = (
			{ op = "store"; file = "b"; page = 1; expect = ( "ok", "SIGBUS" ); },
			{ op = "fsync"; file = "b"; }, { op = "pread"; file = "b"; page = 1; },
			{ op = "fadvise"; file = "b"; advice = "dontneed"; length = "0B"; } ); },
		{ name = "reader"; do = ( { op = "pread"; file = "b"; length = "0B"; repeat = 4; },
			{ op = "pread-range"; file = "b"; length = "0B"; repeat = 4; },
			{ op = "load"; file = "b"; length = "0B"; expect = ( "ok", "SIGBUS" );
				repeat = 4; } ); }'
	sed -i 's/made = 3/made = 100/' "$scratch/sizes.cfg"
	play sizes 0
	expect sizes \
		'.verdict == "VERIFIED" and .threads.hit == 0 and .wrong_reads == 0
			and .reads > 1000'
fi

# Each of the others at least does what it does; the files are as they were in each iteration.
scenario others '
	{ name = "all"; do = ( { op = "open"; }, { op = "pread"; page = 1; }, { op = "close"; },
		{ op = "mmap"; }, { op = "load"; }, { op = "munmap"; },
		{ op = "madvise"; advice = "populate-read"; length = "64K"; },
		{ op = "madvise"; advice = "cold"; length = "64K"; },
		{ op = "madvise"; advice = "pageout"; length = "64K"; },
		{ op = "madvise"; advice = "remove"; page = 7; }, { op = "load"; page = 7; },
		{ op = "mlock"; }, { op = "munlock"; },
		{ op = "rename"; }, { op = "sync-range"; length = "0B"; }, { op = "syncfs"; },
		{ op = "sleep"; time = "1ms"; },
		{ op = "copy-range"; to = "b"; page = 2; },
		{ op = "collapse-range"; page = 512; length = "64K"; },
		{ op = "insert-range"; page = 512; length = "64K"; },
		{ op = "store"; file = "b"; page = 15; },
		{ op = "pread"; file = "b"; length = "0B"; } ); }'
play others 0
expect others '.verdict == "VERIFIED" and .wrong_reads == 0'

# What does not end as it has to.
scenario unmet '
	{ name = "hopeful"; do = ( { op = "load"; page = 1; expect = "SIGBUS"; },
		{ op = "punch"; expect = ( "EIO", "ENOSPC" ); },
		{ op = "punch"; expect = "any"; } ); }'
play unmet 1
expect unmet '.verdict == "HIT" and .classes.outcome == 6 and .threads.hit == 3'
expect unmet \
	'.hits[0] | .kind == "outcome" and .operation == "load" and .wanted == "SIGBUS"
		and .got == "ok" and .punch == 1'
expect unmet '.hits[1] | .step == 1 and .wanted == "EIO or ENOSPC" and .got == "ok"'
grep -q 'iteration 1: hopeful, step 0 (load): ok instead of SIGBUS' "$scratch/unmet.txt" ||
	fail "it is not said"

# Who is late, and comes back; and what is late in the layer, which serves it in the end.
scenario late '
	{ name = "sleeper"; do = ( { op = "sleep"; time = "700ms";
		must_return_within = "200ms"; } ); },
	{ name = "syncer"; do = ( { op = "fsync"; through = "mount";
		must_return_within = "300ms"; } ); }' '
	rules = ( { when = { op = "fsync"; }; do = { delay = "600ms"; }; } );'
play late 1
expect late \
	'.verdict == "HIT" and (.hits | map(.reader_kind) | unique) == ["sleeper", "syncer"]
		and .threads.iterations == 3 and .threads.hit == 3'
expect late '.hits[0] | .got == "not returned" and .took_ns >= 200000000'

# What nobody expects to fail ends the run.
scenario fails '{ name = "unlucky"; do = ( { op = "insert-range"; page = 1; offset = "1B"; } ); }'
play fails 4
expect fails '.verdict == "ERROR"'
grep -q 'unlucky: step 0, insert-range: Invalid argument' "$scratch/fails.txt" ||
	fail "it is not said which step failed"
