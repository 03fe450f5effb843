#!/usr/bin/env bash
# What each command says of wrong input, a row for each: exit code, what the first line says (what
# is wrong, where, what is allowed or what to do), arguments. Nothing is run, fetched, made or
# changed. "" is an empty argument. bad_input.sh has the keys of scenarios.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
cd "$scratch"
cp "$scenarios/split-window.cfg" s.cfg
echo hello >text
: >empty
head -c 8192 /dev/zero >zeros
mkdir dir mnt run
cp s.cfg run/scenario.cfg
mkfifo fifo fifo.deb
ln -s loop loop
echo '{ "cells": 7 }' >foreign.json
rule() { # FILE WHEN DO
	echo "rules = ( { when = { op = \"$2\"; }; do = $3; } );" >"$1"
}
cat >order.cfg <<END
title = "t"; files = ( { name = "a"; size = "8M"; } ); storm = { };
readers = ( { kind = "load"; } );
schedule = ( { hold = "split"; at = "entry of __folio_split"; until = "read begins"; } );
END
rule op.cfg reed '{ delay = "1ms"; }'
rule errno.cfg read '{ error = "EFOO"; }'
rule delay.cfg read '{ delay = "soon"; }'
rule nth.cfg 'read"; nth = "x' '{ delay = "1ms"; }'
rule action.cfg read '{ dealy = "1ms"; }'
state() {
	find . -printf '%p %y %m %l\n' | sort
	find . -type f -exec cksum {} + | sort
}
before=$(state)

rows=0
while IFS='|' read -r code pattern arguments; do
	[[ -n $code ]] || continue
	rows=$((rows + 1))
	got=0
	read -ra words <<<"$arguments"
	timeout 30 "$foliostorm" "${words[@]/#\"\"/}" </dev/null >out 2>err || got=$?
	first=$(head -1 err)
	rest=$(tail -n +2 err | grep -vE '^(Try `foliostorm |information\.$)' || true)
	rm out err
	[[ $got -eq $code ]] || fail "$arguments: exit code $got, wanted $code: $first"
	{ [[ $first == foliostorm* ]] && grep -qE -- "$pattern" <<<"$first"; } ||
		fail "$arguments: no \"$pattern\" in: $first"
	[[ -z $rest ]] || fail "$arguments: more than one message: $first $rest"
	[[ $(state) == "$before" ]] ||
		fail "$arguments: something was made or changed: $(diff - <(state) <<<"$before")"
done < <(table <<'END'
2|"99" is not a folio order; allowed are 0 to 13|aim --order 99
2|"abc" is not a kernel version; allowed are releases such as|aim --kernel abc
2|"5:x" is not PAGE\[:LENGTH\] in a folio of order 9; allowed are pages 0 to 511|aim --punch 5:x
2|"extra": aim takes options only|aim extra
2|between which kernels\? --good VERSION --bad VERSION|bisect s.cfg
2|--good and --bad are both 6.12.107; allowed: two kernels|\
	bisect --good 6.12.107 --bad 6.12.107 s.cfg
2|--good x: not a version; allowed: one such as 6.18.9|bisect --good x --bad 6.18.9 s.cfg
2|--tree /nowhere: not a work tree of git|bisect --good v6.1 --bad v6.2 --tree /nowhere s.cfg
2|--path and --config go with --tree|bisect --good 6.12.107 --bad 6.18.9 --path mm s.cfg
2|split-widow: .*did you mean split-window|bisect --good 6.12.107 --bad 6.18.9 split-widow
2|which run directory\?|bundle
2|where to\? -o FILE.tar.zst|bundle dir
2|dir: no result.json is there; name the --out directory of a run|bundle dir -o x.tar.zst
2|empty: title: missing; allowed: a text|check empty
2|text:2: syntax error .*words, sizes and durations are written in quotes|check text
2|zeros:1: a NUL byte; allowed: a text|check zeros
2|dir: is a directory; name a file|check dir
2|--data-path express: allowed: passthrough, mixed, daemon|check --data-path express op.cfg
2|op.cfg:1: rules\[0\].when.op: no operation "reed"; did you mean read\? allowed: data|check op.cfg
2|order.cfg:3: schedule: "begins" cannot be waited for; allowed: a point|check order.cfg
2|errno.cfg:1: rules\[0\].do.error: "EFOO" is not an errno; write it as EIO|check errno.cfg
2|delay.cfg:1: rules\[0\].do.delay: "soon" is not valid; allowed: a duration such as "2ms"|\
	check delay.cfg
2|nth.cfg:1: rules\[0\].when.nth: "x" .*allowed: FIRST|check nth.cfg
2|action.cfg:1: rules\[0\].do.dealy: unknown key; did you mean delay\? allowed here: |\
	check action.cfg
2|which MOUNTPOINT\?|ctl
2|which command\? allowed: status, watch, rules|ctl /mnt
2|statsu: no such command; did you mean status\? allowed: status, watch|ctl /mnt statsu
2|rules add: which RULE\? \(or --file FILE\)|ctl /mnt rules add
2|rules add: give RULE or --file FILE, not both|ctl /mnt rules add x -f text
2|b is one argument too many, or not a number|ctl /mnt holds release a b
2|holds release: which hold\?|ctl /mnt holds release
4|/nowhere: no layer of foliostorm is mounted there; name the MOUNTPOINT|ctl /nowhere status
2|extra: allowed are options only|doctor extra
2|--points FILE|explore s.cfg --kernel 6.18.9 --out e
2|text: line 1: "hello" is not an event; allowed: a role and what it does, such as|\
	explore s.cfg --kernel 6.18.9 --points text --out e
2|dir: is a directory; name a file|explore s.cfg --kernel 6.18.9 --points dir --out e
2|zeros: no point of split; allowed: one at least of each role|\
	explore s.cfg --kernel 6.18.9 --points zeros --out e
2|which kernel\? give --kernel VERSION, --image FILE or --tree DIR|\
	explore s.cfg --points text --out e
2|--depth 0: allowed: 1 to 8|explore s.cfg --kernel 6.18.9 --points empty --out e --depth 0
2|--kernel abc: a version is written like 6.18.9|guest --kernel abc s.cfg
2|nowhere: No such file .*name a bzImage, an arm64 Image|guest --image nowhere s.cfg
2|text: not a kernel image .*name a bzImage, an arm64 Image or a vmlinux|guest --image text s.cfg
2|fifo: not a kernel image; name a bzImage, an arm64 Image or a vmlinux|guest --image fifo s.cfg
2|fifo.deb: not a regular file; name a package of a kernel|guest --kernel fifo.deb s.cfg
2|which kernel\? give --kernel|guest s.cfg
2|which scenario\? \(or --command, or --shell\)|guest --kernel 6.18.9
2|give one of --kernel VERSION, --image FILE and --tree DIR|guest --kernel 6.18.9 --image text s.cfg
2|dir: not a kernel image; name a bzImage|guest --image dir s.cfg
2|--tree dir: neither arch/x86/boot/bzImage nor|guest --tree dir s.cfg
2|--tree nowhere: No such file or directory|guest --tree nowhere s.cfg
2|--tree text: Not a directory|guest --tree text s.cfg
2|--modules goes with --image|guest --kernel 6.18.9 --modules dir s.cfg
2|one scenario at a time: s.cfg is the second|guest --kernel 6.18.9 s.cfg s.cfg
2|--memory 1: allowed: 256 to 1048576|guest --kernel 6.18.9 --memory 1 s.cfg
2|--arch riscv: allowed: amd64, arm64|guest --kernel 6.18.9 --arch riscv s.cfg
2|--timeout x: allowed: seconds, or a time such as|guest --kernel 6.18.9 --timeout x s.cfg
2|which KIND\?|import
2|which FILE\?|import oops
2|dir: is a directory; name a file|import oops dir
2|zeros: no crash in 1 lines; expected a kernel log|import oops zeros
2|zeros: no signature of a journal; expected a journal file|import journal zeros
2|text:1: its first line is not that of such a log; expected what fio writes|import iolog text
2|text:1: its first line is not "foliostorm-record 1"|import record text
2|--under: oops has no directories to choose from|import oops text --under dir
2|dir: is a directory; expected the name of a file|import oops text -o dir
2|--kinds=x: allowed: lines, markdown, man|import --kinds=x
2|nosuch: no such KIND; allowed: journal, oops|import nosuch text
2|nowhere: No such file|import oops nowhere
2|text: no crash in 1 lines; expected a kernel log|import oops text
2|text: 6 bytes: is too short for a journal's header; expected a journal file|import journal text
2|text:1: no line of it is a call; expected a log of strace|import strace text
2|empty: it is empty; expected what blkparse prints|import blkparse empty
2|--report 0: allowed: 1 to 4294967295|import oops text --report 0
2|--report 4294967297: allowed: 1 to |import oops text --report 4294967297
2|not a regular file with a page or more|inspect dir
2|extra: allowed are options only|kernels extra
2|--race nosuch: unknown; allowed: folio-split|kernels --race nosuch
2|s on 6.18.9 is named twice|matrix --kernels 6.18.9,6.18.9 --out m s.cfg
2|--shard 3/2: allowed: auto, or I/N|matrix --kernels 6.18.9 --shard 3/2 --out m s.cfg
2|--out text: is not a directory; name one|matrix --kernels 6.18.9 --out text s.cfg
2|text:1: not a baseline; name a file that --save-baseline wrote|\
	matrix --kernels 6.18.9 --baseline text --out m s.cfg
2|which kernels\? --kernels 6.12.107,6.18.9 \(|matrix s.cfg
2|--kernel abc: a version is written like|matrix --kernels abc --out m s.cfg
2|s on 6.18.9 is named twice|matrix --kernels 6.18.9 --out m s.cfg s.cfg
2|--jobs 0: allowed: 1 to 1024|matrix --kernels 6.18.9 --jobs 0 s.cfg
2|--earlier text: |matrix --kernels 6.18.9 --earlier text --out m s.cfg
2|matrix merge: which directories\?|matrix merge
2|no cells of a matrix in dir|matrix merge --out m dir
2|which SOURCE and MOUNTPOINT\?|mount
2|which MOUNTPOINT\?|mount dir
2|dir and dir: source and mountpoint are the same .*make another one to mount on, or give --over|\
	mount dir dir
2|source text: is not a directory; name one|mount text mnt
2|s.cfg:[0-9]+: title: is a key of scenarios, which foliostorm run takes; \
	allowed in a file of rules: rules, crash|mount --rules s.cfg dir mnt
2|source nowhere: there is no such directory; make it first|mount nowhere mnt
2|mountpoint text: is not a directory; name one|mount dir text
2|--over takes SOURCE alone|mount --over dir mnt
2|--log dir: is a directory; name a file|mount --log dir dir mnt
2|keeps no writes; allowed: --data-path daemon, or --cache always$|mount --cache writeback dir mnt
2|--cache maybe: allowed: none, auto, always|mount --cache maybe dir mnt
2|--metrics tcp:1: is not an address; allowed: unix:PATH|mount --metrics tcp:1 dir mnt
2|--record text: exists already; remove it or give another name|mount --record text dir mnt
2|--seed -1: allowed: 0 to |mount --seed -1 dir mnt
2|which function\?|points
2|dir: no scenario to run again is there|replay dir
2|run/events.jsonl: No such file .*name the --out directory of a run|replay run
2|run/events.jsonl: No such file .*or the log of a mount|replay run text
2|dir/events.jsonl: No such file|replay dir dir
2|text: no line of it is an event; name the --out directory|replay text zeros
2|fifo: is not a regular file; name the --out|replay fifo text
2|dir: no run is there; name the --out directory of a run, a matrix, a tuning|report dir
2|text: is not the log of a mount; name one that foliostorm mount --log has written|report text
2|--format=pdf: allowed: html, perfetto|report --format pdf dir
2|--schema=x: allowed: result, events, repeat|report --schema x
2|--keys=x: allowed: result, guest, workload|report --keys x
2|dir: is a directory; name a file|rerun dir
2|one bundle at a time: zeros is the second|rerun zeros zeros
2|text: not a bundle, or not all of one; `foliostorm bundle` makes them|rerun text
2|--out text: |run s.cfg --out text
2|loop: cannot be read|run loop
2|fifo: is not a regular file; name one|run fifo
2|--set: storm: not a group; allowed: \{ ... \}|run s.cfg --set storm=3
2|--set: files\[0\].size: 1 needs a unit: "1B"|run s.cfg --set files[0].size=1
2|--repeat 0: allowed: 1 to 1000|run s.cfg --repeat 0
2|--out nowhere/deep: its directory does not exist; create it first|run s.cfg --out nowhere/deep
130|--exit-codes bisect goes without baselines|run s.cfg --exit-codes bisect --baseline text
2|--format xml: allowed: text, json, ktap|run s.cfg --format xml
2|--color blue: allowed: auto, always, never|run s.cfg --color blue
2|--exit-codes x: allowed: own, bisect|run s.cfg --exit-codes x
2|--origin and --build-id go with --format kcidb|run s.cfg --origin x
2|--set =3: expected PATH=VALUE, such as|run s.cfg --set =3
2|storm.aim: "" is not an aim; allowed: auto|run s.cfg --set storm.aim=
2|which FILE or DIR\?|scan
2|nowhere: |scan nowhere
2|--kernel abc: not a version; allowed: a version such as|scenarios --kernel abc
3|none fits; `foliostorm scenarios` lists all|scenarios nosuchword
2|vary what\? --vary storm.aim=256..272|tune s.cfg
2|--vary storm.aim: expected KEY=VALUES|tune s.cfg --vary storm.aim
2|--vary storm.amm=1: storm.amm: unknown key; did you mean aim\?|tune s.cfg --vary storm.amm=1
2|--budget: 1 s are less than a trial takes \(--duration 10m\)|\
	tune s.cfg --vary storm.aim=1 --duration 10m --budget 1s
2|--vary storm.aim is given twice|tune s.cfg --vary storm.aim=1 --vary storm.aim=2
2|--vary storm.aim: the range ends before it begins|tune s.cfg --vary storm.aim=5..1
2|--goal speed: allowed: hits, exposures, captures|tune s.cfg --vary storm.aim=1 --goal speed
2|--budget x: allowed: seconds, or a time such as|tune s.cfg --vary storm.aim=1 --budget x
2|"1ms..x" is not a range; allowed: A..B|tune s.cfg --vary storm.settle=1ms..x
2|title does not vary in a tuning|tune s.cfg --vary title=x
2|extra: remove it; --schema prints a list and ends|report --schema result extra
2|extra: remove it; --schema prints a list and ends|report extra --schema=result
2|extra: remove it; --keys prints a list and ends|report --keys=result extra
2|extra: remove it; --keys prints a list and ends|run --keys extra
2|-f: remove it; --kinds prints a list and ends|import -f --kinds
2|dir: remove it; --actions prints a list and ends|mount dir mnt --actions
2|extra: remove it; --operations prints a list|mount --operations extra
2|mnt: remove it; --keys prints a list and ends|mount --keys mnt
2|help: extra is one argument too many|help run extra
2|--version: extra is one argument too many|--version extra
2|status: --file goes with rules add and rules set|ctl /mnt status -f text
2|--out goes with one RUN_DIR|replay dir dir --out x
2|--trust goes with one RUN_DIR|replay dir dir --trust
2|--history goes with a matrix, and dir is none|report dir --history x
2|--title goes with --format=html|report dir --format perfetto --title x
2|--list runs nothing: it goes without --out|rerun text --list --out x
2|--list runs nothing: it goes without the kernel|rerun text --list --kernel 6.18
2|--list runs nothing: it goes without --cpus|rerun text --list --cpus 4
2|--cpus is of a guest: give its kernel by --kernel|points vfs_read --cpus 4
2|--fresh is of a guest: give its kernel by --kernel|tune s.cfg --vary storm.aim=1 --fresh
2|merge: --cpus is for the workers|matrix merge dir --out m --cpus 4
2|merge: --trust is for the workers|matrix merge dir --out m --trust
2|which kernels\? .*`foliostorm kernels`|matrix s.cfg --out m
2|bzImage: No such file or directory; name a bzImage|matrix --kernels bzImage:/tmp --out m s.cfg
2|--format goes with a scenario|guest --kernel 6.18.9 --command true --format json
2|--set goes with a scenario|guest --kernel 6.18.9 --command true --set x=1
2|--until-hit goes with a scenario|guest --kernel 6.18.9 --command true --until-hit
2|--inspect goes with a scenario|guest --kernel 6.18.9 --command true --inspect
2|--until-hit and --until-proof go without|run s.cfg --until-hit --until-proof
2|--cache always with --record: .*allowed: --cache none|mount --record x --cache always dir mnt
2|which scenario\? the name given is empty|run ""
2|which scenario\? the name given is empty|guest --kernel 6.18.9 ""
2|the name of a scenario is empty|matrix --kernels 6.18.9 --out m ""
2|the name of a scenario is empty|check ""
2|which SOURCE\? the name given is empty|mount "" mnt
2|which MOUNTPOINT\? the name given is empty|mount dir ""
2|which SOURCE\?|mount --over
2|which MOUNTPOINT\?|ctl "" status
2|which FILE or DIR\? a name given is empty|scan text ""
2|which directory or log\? the name given is empty|report ""
2|which function\? the name given is empty|points ""
2|--out : the name is empty; give one|bundle dir -o ""
2|a-b is not the name of a function; name one of the kernel|points a-b
2|rules foo: no such command; allowed: rules list, rules add|ctl /mnt rules foo
2|--metrics no/where: its directory does not exist|mount dir mnt --metrics unix:no/where
2|--metrics 0.0.0.0:9: is not an address; allowed: unix|mount dir mnt --metrics 0.0.0.0:9
2|x.deb: No such file .*name a package of a kernel|guest --kernel x.deb s.cfg
2|x/y: No such file .*name a bzImage|matrix --kernels x/y --out m s.cfg
2|-o no/x.cfg: its directory does not exist; create it|import oops text -o no/x.cfg
2|fifo: is not a regular file|report fifo
2|--set readers\[x\].kind=load: expected PATH=VALUE|run s.cfg --set readers[x].kind=load
2|--set storm.=3: expected PATH=VALUE|run s.cfg --set storm.=3
2|--set storm..aim=3: expected PATH=VALUE|run s.cfg --set storm..aim=3
2|--set readers\[0=3: expected PATH=VALUE|run s.cfg --set readers[0=3
2|--race folio-splt: unknown; did you mean folio-split\?|kernels --race folio-splt
2|--kernels: an empty name; allowed: names with one comma|matrix --kernels , --out m s.cfg
2|no scheduler has set .*; give I/N|matrix --kernels 6.18.9 --out m s.cfg --shard auto
2|not a matrix.json; name that of an earlier|\
	matrix --kernels 6.18.9 --out m s.cfg --earlier foreign.json
END
)
[[ $rows -ge 190 ]] || fail "only $rows rows"

# The QEMU that is asked for is that of the kernel, not that of this machine.
for pair in cloud-amd64:qemu-system-x86_64 cloud-arm64:qemu-system-aarch64; do
	# It is found there with any PATH.
	[[ ! -e /usr/sbin/${pair#*:} ]] || continue
	refuses 77 "${pair#*:} is not installed" env "PATH=$scratch/none" \
		"$foliostorm" matrix --kernels "6.18.9:${pair%:*}" --out m s.cfg
done

# A list that does not get out is an error like any other output.
while read -ra words; do
	got=0
	"$foliostorm" "${words[@]}" >/dev/full 2>err || got=$?
	[[ $got -eq 4 ]] || fail "${words[*]} to a full disk: exit code $got, not 4"
	grep -q 'writing to standard output: No space left on device' err ||
		fail "${words[*]} to a full disk: $(cat err)"
	rm err
done <<-'END'
	--version
	aim
	aim --version
	run --keys
	mount --actions
	import --kinds
	report --keys result
	report --schema result
END
no_leftovers "wrong input"
