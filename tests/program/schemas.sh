#!/usr/bin/env bash
# Every test fails by a result or an event that is not as the schemas say: by a type, a key, a null,
# or what is missing. usage: schemas.sh FOLIOSTORM
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

cat >"$scratch/short.cfg" <<-END
	title = "Something to hold against the schemas";
	backing = { kind = "image"; size = "400M"; };
	files = ( { name = "a"; size = "2M"; folio = "256K"; } );
	storm = { aim = 33; pause = "50ms"; };
	readers = ( { kind = "pread"; pages = "all"; pace = "100us"; } );
	rules = ( { name = "late"; when = { op = "fallocate"; }; do = { delay = "1ms"; }; } );
	race = "none";
END
"$foliostorm" run --quiet "$scratch/short.cfg" --duration 500ms --repeat 2 \
	--out "$scratch/runs" >"$scratch/runs.txt" 2>&1 ||
	fail "the runs: exit code $?: $(cat "$scratch/runs.txt")"
for name in result events repeat; do
	"$foliostorm" report --schema=$name | cmp - "$(dirname "$foliostorm")/$name.schema.json" ||
		fail "the schema of $name that was built is another"
done
! "$foliostorm" report --schema=nonsense >/dev/null 2>"$scratch/said" || fail "a schema of nonsense"
grep -q 'allowed: result, events, repeat' "$scratch/said" ||
	fail "what schemas there are is not said: $(cat "$scratch/said")"

check() {
	"$tests/support/validate" "$(dirname "$foliostorm")" "$scratch/tried" >"$scratch/said" 2>&1
}

# tells PATTERN: what is in $scratch/tried is not in order, which is said so
tells() {
	! check || fail "$1: it is accepted"
	grep -qE -- "$1" "$scratch/said" || fail "no \"$1\" in: $(cat "$scratch/said")"
}

# of_result JQ PATTERN: the same, with a result that is changed so
of_result() {
	rm -rf "$scratch/tried"
	cp -r "$scratch/runs/1" "$scratch/tried"
	jq "$1" "$scratch/runs/1/result.json" >"$scratch/tried/result.json"
	tells "tried/result.json: $2"
}

# of_event TYPE JQ PATTERN
of_event() {
	rm -rf "$scratch/tried"
	cp -r "$scratch/runs/1" "$scratch/tried"
	jq -c "if .type == \"$1\" then $2 else . end" \
		"$scratch/runs/1/events.jsonl" >"$scratch/tried/events.jsonl"
	tells "tried/events.jsonl:[0-9]+: $3"
}

# A test with an end of its own, which leaves one result.
cat >"$scratch/a_test.sh" <<-END
	source "$tests/support/program.sh"
	trap 'echo its own end; rm -rf "\$scratch"' EXIT
	cp -r "\$2" "\$scratch/out"
END

# a_test EXIT-CODE PATTERN: so it ends, with what is in $scratch/tried
a_test() {
	local code=0
	FOLIOSTORM_TEST_APART='' bash "$scratch/a_test.sh" "$foliostorm" \
		"$scratch/tried" >"$scratch/said" 2>&1 || code=$?
	[[ $code -eq $1 ]] ||
		fail "a test with a result: exit code $code, not $1: $(cat "$scratch/said")"
	grep -qE -- "$2" "$scratch/said" ||
		fail "a test with a result: no \"$2\" in: $(cat "$scratch/said")"
	grep -q '^its own end$' "$scratch/said" ||
		fail "a test with a result has not come to its end: $(cat "$scratch/said")"
}

not_by_a_run "$scratch/tried"
cp -r "$scratch/runs/1" "$scratch/tried"
a_test 0 '^1 results and [0-9]+ lines of events held against the schemas, 0 errors$'
sed -i 's/"punches": /"punched": /' "$scratch/tried/result.json"
a_test 1 "out/result.json: .*'punched' was unexpected"

of_result '.punches = "7"' "punches: '7' is not of type 'integer'"
of_result '.seed = 1.5' "seed: 1.5 is not of type 'integer'"
of_result '.colour = "red"' ".*'colour' was unexpected"
of_result '.gate.colour = "red"' "gate: .*'colour' was unexpected"
of_result '.readers[0].kind = null' "readers/0/kind: None is not of type 'string'"
of_result 'del(.witness.hooks[2].role)' "witness/hooks/2: 'role' is a required property"
of_result 'del(.schema_version)' "'schema_version' is a required property"
of_result '.schema_version = 2' "schema_version: 1 was expected"
of_result '.operations.fallocate.p50_ns = true' \
	"operations/fallocate/p50_ns: True is not of type 'integer'"
of_result '.hits = [{ "kind": "nonsense" }]' "hits/0/kind: 'nonsense' is not one of"
of_result '.hits = [{ "kind": "capture" }]' "hits/0: 'file' is a required property"
of_result '.workload = { "kind": "journal" }' "workload: 'outcome' is a required property"
# No run on the bare machine has a schedule.
schedule='.schedule = { engine: "qemu", passages: 2, made: 1, withstood: 0,
	missed: [{ hold: 0, place: "read at begin", reason: "expired", count: 1 }], seconds: 0.5 }'
of_result "$schedule | .schedule.made = null" "schedule/made: None is not of type 'integer'"
of_result "$schedule | .schedule.missed[0].hold = \"a\"" \
	"schedule/missed/0/hold: 'a' is not of type 'integer'"
of_result "$schedule | del(.schedule.withstood)" "schedule: 'withstood' is a required property"
of_result 'del(.schedule)' "'schedule' is a required property"
jq "$schedule" "$scratch/runs/1/result.json" >"$scratch/tried/result.json"
check || fail "a schedule: $(cat "$scratch/said")"
# Only where a guest died is null what could not be known.
of_result '.reads = null' "reads: None is not of type 'integer'"
dead='.reads = null | .witness = null | .guest = { kernel: "6.18.9", accelerator: "tcg", cpus: 2,
	memory_mib: 1024, boots: 1, restored: false, boot_seconds: 2.5, died: "panic" }'
of_result "$dead | .verdict = null" "verdict: None is not of type 'string'"
of_result "$dead | .guest.died = null" "reads: None is not of type 'integer'"
jq "$dead" "$scratch/runs/1/result.json" >"$scratch/tried/result.json"
check || fail "a guest that died: $(cat "$scratch/said")"

of_event punch '.folio = "1"' "folio: '1' is not of type 'integer'"
of_event punch '.colour = "red"' ".*'colour' was unexpected"
of_event begin 'del(.seed)' "'seed' is a required property"
of_event rule '.action = null' "action: None is not of type 'string'"
of_event phase '.type = "nonsense"' "type: 'nonsense' is not one of"
of_event phase '{ type: "hit", kind: "nonsense", number, ns }' "kind: 'nonsense' is not one of"

# of_repeat JQ PATTERN: the same, with a repeat.json
of_repeat() {
	rm -rf "$scratch/tried"
	mkdir "$scratch/tried"
	jq "$1" "$scratch/runs/repeat.json" >"$scratch/tried/repeat.json"
	tells "tried/repeat.json: $2"
}
of_repeat '.punches = "7"' "punches: '7' is not of type 'integer'"
of_repeat 'del(.runs)' "'runs' is a required property"
of_repeat '.gate = {}' ".*'gate' was unexpected"
of_repeat 'del(.each[1].seed)' "each/1: 'seed' is a required property"
of_repeat '.each[0].colour = "red"' "each/0: .*'colour' was unexpected"
of_repeat '.verdict = null' "verdict: None is not of type 'string'"
of_repeat '.outcome = null' "Additional properties are not allowed \('aim', "
# What a run says whose guest died, and what is there while the runs go on.
for change in '.each[0].exposures = null | .reads = null | .xfail = null' \
	'{ runs: 2, outcome: null }'; do
	jq "$change" "$scratch/runs/repeat.json" >"$scratch/tried/repeat.json"
	check || fail "$change: $(cat "$scratch/said")"
done

# Of events the last line may be cut where no result is beside them, and only there.
cp "$scratch/runs/1/"{events.jsonl,result.json} "$scratch/tried/"
truncate -s -5 "$scratch/tried/events.jsonl"
tells 'tried/events.jsonl:[0-9]+: '
rm "$scratch/tried/result.json"
check || fail "a run that was killed: $(cat "$scratch/said")"
