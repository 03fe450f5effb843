#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The Job of tools/doc/clusters.md against Kubernetes' own schema, as the npm package
# kubernetes-models has it. The schema knows types and what is required; it takes keys that it does
# not know.
set -euo pipefail
# shellcheck source=tests/support/doc_example.sh
source "$(dirname "$(readlink -f "$0")")/../support/doc_example.sh"
for program in npm node; do
	command -v "$program" >/dev/null ||
		{ echo "$program is missing; it is in Debian's package npm" >&2; exit 77; }
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
npm install --silent --no-audit --no-fund --ignore-scripts kubernetes-models ||
	{ echo "kubernetes-models cannot be had from npm" >&2; exit 77; }
doc_example job.yaml
/usr/bin/python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)' \
	<job.yaml >job.json
cat >check.js <<'END'
const { Job } = require('kubernetes-models/batch/v1/Job');
const read = () => JSON.parse(require('fs').readFileSync('job.json'));
new Job(read()).validate();
// A check that takes everything would say nothing.
for (const spoil of [job => job.spec.completions = 'four', job => delete job.spec.template]) {
	const job = read();
	let taken = true;
	spoil(job);
	try {
		new Job(job).validate();
	} catch {
		taken = false;
	}
	if (taken)
		throw new Error('taken, and no Job: ' + spoil);
}
console.log('the Job is one by the schema of kubernetes-models ' +
	require('kubernetes-models/package.json').version);
END
node check.js
