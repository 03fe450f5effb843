#!/usr/bin/env bash
# Wrong input: one line that names place, key and what is allowed, the right exit code, and nothing
# touched.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

split=$scenarios/split-window.cfg

# wrong CODE PATTERN COMMAND...: standard error is one line that matches
wrong() {
	refuses "$@"
	[[ $(wc -l <"$scratch/err") -eq 1 ]] || fail "more than one line: $(cat "$scratch/err")"
	no_leftovers "${*:3}"
}

# in_file PATTERN SED-SCRIPT: the scenario with one line changed is an error in that file, with its
# line number
in_file() {
	sed "$2" "$split" >"$scratch/wrong.cfg"
	cmp -s "$split" "$scratch/wrong.cfg" && fail "the script changes nothing: $2"
	wrong 2 "wrong\.cfg:[0-9]+: $1" "$foliostorm" run -q "$scratch/wrong.cfg"
}

# A request to a layer is JSON.
wrong 2 'is not UTF-8; give the rule in that encoding' "$foliostorm" ctl /mnt rules reset $'\xff'
wrong 2 'is not UTF-8; give the rule in that encoding' "$foliostorm" ctl /mnt rules remove $'\xff'

in_file 'storm\.aimm: unknown key; did you mean aim\? allowed here: op, aim, ' 's/aim = /aimm = /'
in_file 'storms: unknown key' 's/^storm /storms/'
in_file 'storm\.length: "4Q" is not valid; allowed: a size' 's/"1 page"/"4Q"/'
in_file 'storm\.length: 4096 needs quotes and a unit: "4K"; allowed: a size' 's/"1 page"/4096/'
in_file 'storm\.settle: 200 needs quotes and a unit; allowed: a duration' 's/"200us"/200/'
in_file 'storm\.settle: "200ns5"' 's/"200us"/"200ns5"/'
in_file 'storm\.aim: .*allowed' 's/aim = "auto"/aim = "middle"/'
in_file 'storm\.aim: outside the folios of files\[0\]; allowed: pages 0 to 511' \
	's/aim = "auto"/aim = 600/'
in_file 'storm\.op: "split-up" is unknown; did you mean split\? allowed: punch' \
	's/op = "punch"/op = "split-up"/'
in_file 'storm\.op: "dig" is unknown; allowed: punch' 's/op = "punch"/op = "dig"/'
in_file 'readers\[0\]\.kind: "telepathy" is unknown; allowed: load, pipe, procmem, pread' \
	's/"procmem"/"telepathy"/'
in_file 'readers\[0\]\.count: "0" is out of range' 's/count = 1/count = 0/'
in_file 'readers\[0\]\.pages: .*allowed: exposed, all' 's/pages = "exposed"/pages = "some"/'
in_file 'files\[0\]\.folio: .*power of two' 's/folio = "2M"/folio = "12K"/'
in_file 'files\[0\]\.folio: "4M" is out of range' 's/folio = "2M"/folio = "4M"/'
in_file 'files\[0\]\.size: .*multiple of folio' 's/size = "64M"/size = "63M"/'
in_file 'files\[0\]\.size: 1M does not hold whole folios' 's/size = "64M"/size = "1M"/'
in_file 'files\[0\]\.name: .*without a slash' 's/"system.journal"/"..\/etc\/passwd"/'
in_file 'storm\.aim: .*exposes nothing' 's/folio = "2M"/folio = "8K"/'
in_file 'backing\.size: too small' 's/size = "64M"/size = "600M"/'
in_file 'backing\.path: missing' 's/kind = "image"; size = "512M"/kind = "directory"/'
in_file 'affected\[0\]: ' 's/"6.15 - 6.18.19"/"6.x"/'
in_file 'mount\.data_path: .* keep what punch takes out .*allowed: passthrough, mixed' \
	's/"passthrough"/"daemon"/; s/through = "mount"/through = "backing"/'
in_file 'mount\.data_path: "express" is unknown; allowed: passthrough, mixed, daemon' \
	's/"passthrough"/"express"/'
in_file 'duration: .*allowed: seconds' 's/duration = 10.0/duration = -3/'
in_file 'duration: 0 is until the workload ends' 's/duration = 10.0/duration = 0/'
in_file 'workload\.kind: "sleep" is unknown; allowed: ' \
	's/^seed .*/workload = { kind = "sleep"; };/'
stale='s/^seed .*/workload = { kind = "stale-folios"; '
in_file 'workload\.size: not a multiple of 16M' "${stale}size = \"40M\"; };/"
in_file 'workload\.node: "root" is unknown; allowed: leaf, above' "${stale}node = \"root\"; };/"
in_file 'workload\.hold: .*allowed: 10ms to 5s' "${stale}hold = \"6s\"; };/"
in_file 'workload\.kind: .*allowed: an XFS as backing' \
	"$stale};/; s/kind = \"image\"/kind = \"tmpfs\"/"
in_file 'syntax error' 's/^seed .*/seed = = 1;/'

# All that is wrong is said at once, and what is missing only where nothing is misspelt.
cat >"$scratch/wrong.cfg" <<'END'
titel   = "x";
files   = ( { name = "a"; size = 8388608; folios = "2M"; } );
storm   = { op = "punhc"; };
readers = ( { kind = "lod"; }, { kind = "load"; count = 0; } );
END
code=0
"$foliostorm" check "$scratch/wrong.cfg" 2>"$scratch/err" || code=$?
places="1: titel 2: files[0].folios 2: files[0].size 3: storm.op"
places+=" 4: readers[0].kind 4: readers[1].count"
said=$(sed -E 's/.*wrong\.cfg:([0-9]+: [^:]*):.*/\1/' "$scratch/err" | xargs)
[[ $code -eq 2 && $said == "$places" ]] ||
	fail "not all is said: exit code $code, $(cat "$scratch/err")"
{ printf 'key%d = 1;\n' {1..1000}; } >"$scratch/wrong.cfg"
"$foliostorm" check "$scratch/wrong.cfg" 2>"$scratch/err" || code=$?
[[ $(wc -l <"$scratch/err") -eq 10 ]] || fail "of 1000 mistakes $(wc -l <"$scratch/err") are said"
wrong 2 '--set: storm\.length: 8192 needs a unit: "8K"; allowed' "$foliostorm" run -q "$split" \
	--set storm.length=8192

# What is asked for before anything is run: help and version, everywhere.
wrong 2 'runn: no such command; did you mean run\? ' "$foliostorm" runn
wrong 2 'xyzzy: no such command \(' "$foliostorm" help xyzzy
for words in -h --help help 'help run' 'run -h' 'run -?' 'run --usage' 'doctor -h' 'ctl --help'; do
	# shellcheck disable=SC2086 # words are meant
	"$foliostorm" $words >"$scratch/out" 2>"$scratch/err" || fail "$words: exit code $?"
	grep -q '^Usage: foliostorm ' "$scratch/out" || fail "$words prints $(cat "$scratch/out")"
	[[ ! -s $scratch/err ]] || fail "$words complains: $(cat "$scratch/err")"
done
for words in -V --version 'run --version' 'aim -V'; do
	# shellcheck disable=SC2086
	[[ $("$foliostorm" $words) =~ ^foliostorm\ [0-9.]+(\ \([0-9a-f]{7,}(-dirty)?\))?$ ]] ||
		fail "$words prints no version"
done

# Scripted threads.
threads='s/^storm .*/threads = ( { name = "one"; do = ( { op = "load"; }, '
rest='); } );/; /^readers/d; /^gate/d'
unknown='"lod" is unknown; did you mean load\? allowed: open, close, load'
in_file "threads\[0\]\.do\[1\]\.op: $unknown" "$threads{ op = \"lod\"; } $rest"
in_file 'threads\[0\]\.do\[1\]: op: nothing is inspected; allowed: with inspect = ' \
	"$threads{ op = \"inspect\"; } $rest"
in_file 'threads\[0\]\.do\[1\]: size: load has no use for it; allowed: without' \
	"$threads{ op = \"load\"; size = \"4K\"; } $rest"
in_file 'threads\[0\]\.do\[1\]: outside of system.journal; allowed: within its size' \
	"$threads{ op = \"load\"; page = 16384; } $rest"
in_file 'threads\[0\]\.do\[1\]: advice: unknown: maybe; allowed: normal, random' \
	"$threads{ op = \"madvise\"; advice = \"maybe\"; } $rest"
in_file 'threads\[0\]\.do\[1\]: file: "b" is none of the scenario.s; allowed: ' \
	"$threads{ op = \"load\"; file = \"b\"; } $rest"
in_file 'threads\[0\]\.do\[1\]\.expect: "ENOTHING" is not an outcome; allowed: ok, any, SIGBUS' \
	"$threads{ op = \"load\"; expect = \"ENOTHING\"; } $rest"
in_file 'threads\[0\]\.do\[1\]: must_return_within: the watchdog is not longer' \
	"$threads{ op = \"sync\"; must_return_within = \"20s\"; } $rest"
in_file 'threads\[1\]\.name: "one" is listed twice' \
	"$threads{ op = \"sync\"; } ); }, { name = \"one\"; do = ( { op = \"sync\"; } $rest"
in_file 'storm: threads do what storm and readers would; allowed: without' \
	's/^readers .*/threads = ( { name = "one"; do = ( { op = "load"; } ); } );/'
in_file 'after\[0\]: must_return_within: nobody watches' \
	"s/^gate .*/after = ( { op = \"sync\"; must_return_within = \"1s\"; } );/
	$threads{ op = \"sync\"; } ); } );/; /^readers/d"
in_file 'before\[0\]: outside of system.journal' \
	"s/^gate .*/before = ( { op = \"load\"; page = 99999; } );/
	$threads{ op = \"sync\"; } ); } );/; /^readers/d"

# A schedule is followed or refused, and never left out.
hold='hold = "split"; at = "entry of folio_split"; until = "read enters filemap_fault";'
wrong 2 'schedule\[0\]\.at: "f" is not a point in the kernel.s code; allowed: begin, entry of F' \
	"$foliostorm" run -q "$split" --set "schedule=({ ${hold/entry of folio_split/f} })"
wrong 2 'schedule\[0\]\.until: "split enters filemap_fault" cannot come' "$foliostorm" run \
	-q "$split" --set "schedule=({ ${hold/read/split} })"
wrong 2 'schedule_engine: qemu follows schedules from outside of a guest; allowed: ' "$foliostorm" \
	run -q "$split" --set "schedule=({ $hold })" --schedule-engine qemu
[[ -e /sys/bus/event_source/devices/kprobe ]] ||
	wrong 77 'schedule: no engine for schedules here: .* guests have one' "$foliostorm" run \
	-q "$split" --set "schedule=({ $hold })"
outside='the first reader is a program, which is held from outside of a guest'
wrong 2 "schedule_engine: $outside; allowed: auto, qemu" "$foliostorm" guest -q \
	--kernel 6.18.9 "$scenarios/journalctl.cfg" --schedule-engine bpf
wrong 2 'schedule-engine gdb: allowed: auto, bpf, qemu' "$foliostorm" run -q "$split" \
	--schedule-engine gdb
wrong 2 'schedule_engine: there is no schedule; allowed: with one' "$foliostorm" run -q "$split" \
	--schedule-engine bpf
wrong 77 'inspect: the inspector looks from outside of a guest' "$foliostorm" run -q "$split" \
	--set 'inspect.slots="file"'
wrong 2 'schedule_engine: the inspector looks from outside of a guest; allowed: auto, qemu' \
	"$foliostorm" run -q "$split" --set 'inspect.slots="file"' --set "schedule=({ $hold })" \
	--schedule-engine bpf

wrong 2 'a-b is not the name of a function' "$foliostorm" points a-b
wrong 2 'give one of --kernel VERSION, --image FILE and --tree DIR' "$foliostorm" points \
	--kernel 6.18.9 --image none f
wrong 2 '--modules goes with --image' "$foliostorm" points --modules none f
for command in guest explore; do
	wrong 2 'which kernel\? give --kernel VERSION, --image FILE or --tree DIR' "$foliostorm" \
		$command --out none "$split"
done
for command in guest explore tune; do
	wrong 2 'give one of --kernel VERSION, --image FILE and --tree DIR' "$foliostorm" $command \
		-k 6.18.9 -i none "$split"
	wrong 2 '--modules goes with --image' "$foliostorm" $command -m none "$split"
done
wrong 2 '--points FILE' "$foliostorm" explore --kernel 6.18.9 --out none "$split"
wrong 2 '--until-proof is not for an exploration' "$foliostorm" explore --kernel 6.18.9 \
	--points none --out none --until-proof "$split"
wrong 2 '--schedule-engine is not for an exploration' "$foliostorm" explore --kernel 6.18.9 \
	--points none --out none --schedule-engine bpf "$split"
wrong 2 'where to\? --out DIR' "$foliostorm" explore --kernel 6.18.9 --points none "$split"
wrong 2 'not a regular file with a page or more' "$foliostorm" inspect /tmp
wrong 2 'No such file' "$foliostorm" inspect /none

if [[ -r /proc/kcore ]]; then
	wrong 2 'filemap_faul is not a function of this kernel .*; it has filemap_fault' \
		"$foliostorm" points filemap_faul
else
	wrong 77 '/proc/kcore' "$foliostorm" points filemap_fault
	wrong 77 'cannot be inspected: /proc/k' "$foliostorm" inspect "$split"
fi

wrong 2 'nowhere.cfg: cannot be read' "$foliostorm" run -q "$scratch/nowhere.cfg"
wrong 2 'rules\[0\].*nosuch' "$foliostorm" run -q "$split" \
	--set 'rules=({ when = { op = "nosuch"; }; do = { delay = "1ms"; }; })'
wrong 2 'EWRONG' "$foliostorm" run -q "$split" \
	--set 'rules=({ when = { op = "read"; }; do = { error = "EWRONG"; }; })'
wrong 2 '--set storm.aim: expected PATH=VALUE' "$foliostorm" run -q "$split" --set storm.aim
wrong 2 '--set readers\[7\].count=2: no such place' "$foliostorm" run -q "$split" \
	--set 'readers[7].count=2'
wrong 2 '.*: --expect maybe: allowed: auto, hit, clean$' "$foliostorm" run -q "$split" -e maybe
wrong 2 '.*: --seed 99999999999999999999: allowed: a number from 0 to 2\^63 - 1$' "$foliostorm" \
	run -q "$split" -S 99999999999999999999
wrong 2 '.*: --duration 5parsecs: allowed: seconds, or a duration' "$foliostorm" run -q "$split" \
	-d 5parsecs
wrong 2 ": $scratch: is a directory; name a file$" "$foliostorm" run -q "$scratch"
echo 'rules = ( { when = { op = "read"; }; do = { delay = "1ms"; }; } );' >"$scratch/rules.cfg"
wrong 2 'rules.cfg: is a file of rules, .*foliostorm mount --rules' "$foliostorm" run \
	-q "$scratch/rules.cfg"

# Checked without a run, and by anybody.
check() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$foliostorm" check "$@"
}
chmod 755 "$scratch"
printf 'foliostorm-trace 1 strace\nend 0\n' >"$scratch/good.trace"
printf 'foliostorm-trace 1 strace\nend 1\n' >"$scratch/wrong.trace"
cp "$scenarios"/control-pread.cfg "$scratch/good.cfg"
for file in good.trace:trace good.cfg:scenario rules.cfg:rules; do
	path=$scratch/${file%:*}
	[[ $(check "$path") == "$path: ${file#*:}, nothing is wrong" ]] ||
		fail "check of $file: $(check "$path" 2>&1)"
done
"$foliostorm" check --quiet "$scenarios"/*.cfg >"$scratch/out" 2>&1 ||
	fail "a shipped scenario is wrong: $(cat "$scratch/out")"
[[ ! -s $scratch/out ]] || fail "check --quiet says $(cat "$scratch/out")"
wrong 2 'wrong.trace: line 2: ' check "$scratch/good.cfg" "$scratch/wrong.trace"
grep -q 'good.cfg: scenario, nothing is wrong' "$scratch/out" ||
	fail "nothing is said of a good file beside a wrong one"
sed 's/^storm /storms/' "$split" >"$scratch/wrong.cfg"
wrong 2 'wrong\.cfg:[0-9]+: storms: unknown key' check "$scratch/wrong.cfg" "$scratch/good.trace"
echo 'rules = ( { when = { op = "read"; event = "nosuch"; }; do = { log = true; }; } );' \
	>"$scratch/wrong.cfg"
wrong 2 'wrong\.cfg:1: rules\[0\]: when.event: no rule is called "nosuch"' check \
	"$scratch/wrong.cfg"
wrong 2 'reads and writes never come' check --data-path passthrough "$scratch/rules.cfg"
wrong 2 'nowhere.cfg: cannot be read' check "$scratch/nowhere.cfg"

# Files that options name: nothing is overwritten, and what cannot be written is known before
# anything runs.
cp "$split" "$scratch/precious.cfg"
wrong 2 '--events .*precious.cfg: exists already; remove it or give another name' "$foliostorm" \
	run -q "$scratch/precious.cfg" --events "$scratch/precious.cfg"
cmp "$split" "$scratch/precious.cfg" || fail "the scenario is overwritten"
wrong 2 '--events .*nowhere/e: its directory does not exist' "$foliostorm" run \
	-q "$split" --events "$scratch/nowhere/e"
wrong 2 '--events .*: is a directory' "$foliostorm" run -q "$split" --events "$scratch"
wrong 2 '--save-baseline .*nowhere/b: its directory does not exist' "$foliostorm" run \
	-q "$split" --save-baseline "$scratch/nowhere/b"
: >"$scratch/empty"
wrong 2 'empty:[0-9]+: not a baseline; name a file that --save-baseline wrote' \
	"$foliostorm" run -q "$split" --baseline "$scratch/empty"
wrong 2 'readers\[0\].cpu: no such processor' "$foliostorm" run -q "$split" \
	--set 'readers[0].cpu=4000'
wrong 2 'is not on XFS' "$foliostorm" run -q "$split" \
	--set 'backing={ kind = "directory"; path = "/proc"; }'
wrong 2 'No such file or directory; name a directory on XFS' "$foliostorm" run -q "$split" \
	--set 'backing={ kind = "directory"; path = "/nowhere"; }'
wrong 77 'an image of 1T .* free; make it smaller' "$foliostorm" run -q "$split" \
	--set backing.size=1T
wrong 77 'root is missing' setpriv --reuid=65534 --clear-groups "$foliostorm" run -q "$split"
wrong 77 'fuse is missing' unshare --mount sh \
	-c "mount --bind /dev/null /dev/fuse; mount -t tmpfs none /dev
		exec $foliostorm run -q $split"

# Of @include'd files the error names the one that is wrong.
sed 's/length = "1 page"/length = "4Q"/' "$split" | grep '^storm' >"$scratch/part.cfg"
{ grep -v '^storm' "$split"; echo '@include "part.cfg"'; } >"$scratch/whole.cfg"
wrong 2 'part\.cfg:1: storm\.length' "$foliostorm" run -q "$scratch/whole.cfg"

for arguments in "" "nonsense" "run" "run --nonsense" "run a b" "run $split --format tape" \
	"aim --punch 9999" "doctor extra"; do
	code=0
	# shellcheck disable=SC2086 # words are meant
	"$foliostorm" $arguments >"$scratch/out" 2>"$scratch/err" || code=$?
	[[ $code -eq 2 && -s $scratch/err ]] ||
		fail "exit code $code, wanted 2 and a message: $arguments"
done
no_leftovers "wrong arguments"

# Numbers beyond 32 bits, and what scanf(3) takes for large ones: option, what is allowed,
# arguments.
for number in 0 -1 -4294967295 4294967297 99999999999999999999 1x ''; do
	while read -r option allowed arguments; do
		code=0
		# shellcheck disable=SC2086 # words are meant
		"$foliostorm" $arguments "--$option=$number" >"$scratch/out" 2>"$scratch/err" ||
			code=$?
		{ [[ $code -eq 2 ]] &&
			grep -qF -- "--$option $number: allowed: ${allowed//_/ }" \
			"$scratch/err"; } ||
			fail "--$option=$number: exit code $code: $(cat "$scratch/err")"
	done <<-END
		repeat 1_to_1000 run $split
		threads 1_to_256 mount /tmp /mnt
		jobs 1_to_1024 matrix $split
		cpus 1_to_64 guest $split
	END
	code=0
	"$foliostorm" matrix --shard "$number/2" "$split" >"$scratch/out" 2>"$scratch/err" ||
		code=$?
	{ [[ $code -eq 2 ]] &&
		grep -qF 'allowed: auto, or I/N with I from 1 to N' "$scratch/err"; } ||
		fail "--shard $number/2: exit code $code: $(cat "$scratch/err")"
done

long=$(printf 'x%.0s' {1..1901})
refuses 2 '--append: 1901 characters; allowed: up to 1900' "$foliostorm" guest --kernel 6.18.9 \
	--append "$long" "$split"

# Roles have a processor each: found before the guest boots.
for scenario in split-forced split-threads journal; do
	code=0
	"$foliostorm" guest --kernel 6.18.9 --cpus 1 \
		"$scenarios/$scenario.cfg" >"$scratch/out" 2>"$scratch/err" || code=$?
	{ [[ $code -eq 2 ]] &&
		grep -q 'schedule: 2 roles, and 1 processor; allowed: as many roles as processors' \
		"$scratch/err"; } ||
		fail "$scenario, one processor: exit code $code: $(cat "$scratch/err")"
done
no_leftovers "wrong numbers"
