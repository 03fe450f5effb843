#!/usr/bin/env bash
# Tuning in a guest: many trials in one boot, and a guest that dies in a trial costs that trial and
# no more.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
cd "$scratch"

cat >race.cfg <<-'END'
	title    = "The race without a gate, and a rule that ends the guest";
	affected = ( "6.15 - 6.18.19" );
	backing  = { kind = "image"; size = "300M"; };
	files    = ( { name = "a"; size = "16M"; folio = "2M"; } );
	storm    = { aim = 0; settle = "200us"; };
	readers  = ( { kind = "procmem"; } );   # sees a wrong page at once
	rules    = ( { name = "end"; disabled = true;
	               when = { op = "fallocate"; phase = "punch"; };
	               do = { run = "echo c >/proc/sysrq-trigger"; }; } );
END
# Page 0 exposes nothing, 257 most of the folio; that is seen also where a busy machine lets hardly
# anybody hit. The disabled rule is the original's, the other ends every guest.
code=0
"$foliostorm" tune race.cfg --kernel 6.18.9 --vary storm.aim=257 \
	--vary 'rules[0].disabled=true,false' --budget 12 --duration 500ms --seed 3 \
	--goal exposures --out tuned \
	--timeout 600 --quiet >text 2>errors || code=$?
[[ $code -ne 77 ]] || skip "a guest cannot be run here"
cat text errors
[[ $code -eq 0 || $code -eq 3 ]] || fail "exit code $code"
is() {
	jq -e "$1" tuned/tune.json >/dev/null ||
		fail "not so: $1: $(jq -c 'del(.scenario)' tuned/tune.json)"
}
is '.complete and .where[:6] == "6.18.9" and .best == 1
	and .settings[0].values == {"storm.aim": "257", "rules[0].disabled": "true"}'
is '.settings[0].final.trials >= 5 and .settings[0].final.count > 0
	and (.settings[] | select(.setting == 0) | .final.count) == 0'
# The guest died in the setting that ends it, and that was all it cost. Where the machine stands
# still, other trials may fail.
jq -es 'map(select(.error and .setting == 2)) | length >= 1 and length <= 2
	and all(.error | contains("sysrq triggered crash"))' tuned/trials.jsonl >/dev/null ||
	fail "the trials that ended the guest: $(jq -c 'select(.error)' tuned/trials.jsonl)"
jq -es '[.[1:][].trial] == [range(1; length)]' tuned/trials.jsonl >/dev/null ||
	fail "trials are missing or there twice"
grep -q 'aim = 257;' tuned/tuned.cfg || fail "the tuned scenario: $(cat tuned/tuned.cfg)"
grep -q '# sees a wrong page at once$' tuned/tuned.cfg ||
	fail "a comment is gone: $(cat tuned/tuned.cfg)"
no_leftovers "a tuning in a guest"
