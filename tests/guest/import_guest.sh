#!/usr/bin/env bash
# Crashes of both races, taken off the consoles of guests, become scenarios that crash the same
# kernels again. FOLIOSTORM_TEST_KERNELS names a directory with images 7.2*-seed1-debugvm and
# 6.1*-seed2.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

# guest NAME IMAGE SCENARIO OPTIONS...: a hit, into $scratch/NAME
guest() {
	local code=0
	echo "== $1"
	"$foliostorm" guest --image "$2" --expect hit --timeout 400 --quiet --out "$scratch/$1" \
		"${@:3}" >"$scratch/$1.txt" 2>&1 || code=$?
	[[ $code -ne 77 ]] || skip "a guest cannot be run here"
	[[ $code -eq 0 ]] ||
		fail "$1: exit code $code:" \
			"$(tail -n 20 "$scratch/$1.txt" "$scratch/$1/console.log")"
}

# again NAME IMAGE FACT...: the console of NAME has the facts, and its scenario hits
again() {
	"$foliostorm" import oops "$scratch/$1/console.log" \
		-o "$scratch/$1.cfg" >"$scratch/account" || fail "$1: $(cat "$scratch/account")"
	for fact in "${@:3}"; do
		grep -q "$fact" "$scratch/account" ||
			fail "$1: no \"$fact\" in: $(cat "$scratch/account")"
	done
	guest "$1-again" "$2" "$scratch/$1.cfg"
	expect "$1-again" '.verdict == "HIT"'
}

split=$(test_kernel '7.2*-seed1-debugvm') stale=$(test_kernel '6.1*-seed2')
[[ -n $split && -n $stale ]] || skip "no kernels with the races here (FOLIOSTORM_TEST_KERNELS)"

guest split "$split" "$scenarios/crash-6.18.7.cfg" --duration 20
again split "$split" 'page that was wanted: 0x7653 ' 'first page: 0x7652 ' \
	'function: filemap_fault ' 'family: folio-split'
expect split-again \
	'[.hits[] | select(.kind == "kernel-report" and .fault_index == 30291
		and .folio_index == 30290)] | length > 0'

# The run ends before the watchdog would speak by itself.
guest stale "$stale" "$scenarios/stale-folios.cfg" --duration 40 \
	--append 'rcupdate.rcu_cpu_stall_timeout=3 watchdog_thresh=1'
again stale "$stale" \
	'function: \(filemap_get_read_batch\|xas_\|__xas_\|folio_try_get\|filemap_get_\)' \
	'family: stale-folios' 'kernel: 6.1.'
expect stale-again '.workload.stuck and (.hits[0] | .kind == "stale-folio" and .class == "hang")'
no_leftovers "crashes that were imported"
