#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The examples for CI, harnesses and clusters, as far as one machine can: each is well-formed, the
# real program takes each of their commands, and what of them is shell ends as it should with a
# foliostorm that ends as it is told. usage: ci_examples.sh FOLIOSTORM
set -euo pipefail
foliostorm=$(readlink -f "$1")
# shellcheck source=tests/support/doc_example.sh
source "$(dirname "$(readlink -f "$0")")/../support/doc_example.sh"
/usr/bin/python3 -c 'import yaml' 2>/dev/null ||
	{ echo "skipped: python3-yaml is not installed"; exit 77; }
scratch=$(mktemp -d /tmp/foliostorm-test.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir bin

fail() {
	echo "FAILED: $1" >&2
	exit 1
}

for name in CMakeLists.txt 900 foliostorm.sh ci.yml race.sbatch job.yaml foliostorm01.sh lava.yaml \
	virtme.sh tuxrun.sh main.yml github.yml Jenkinsfile; do
	doc_example $name
done

# Each command, by itself: `--help` behind it is printed only once all before it was taken.
/usr/bin/python3 - "$foliostorm" ./*.* 900 Jenkinsfile <<'END' || fail "a command is not taken"
import re, shlex, subprocess, sys, yaml

def texts(value):
    if isinstance(value, dict):
        for of in value.values():
            yield from texts(of)
    elif isinstance(value, list):
        for of in value:
            yield from texts(of)
    elif isinstance(value, str):
        yield value

def commands(script):
    """The words of each command of foliostorm, up to what a shell takes for itself."""
    for line in script.split('\n'):
        for found in re.finditer(r'\bfoliostorm (?=run|matrix|guest|report)', line):
            quote = line[found.start() - 1:found.start()]
            text = line[found.start():]
            if quote in ("'", '"'):
                text = text.split(quote)[0]
            text = re.sub(r'\$?\{\{.*?\}\}|\$\{?\w+\}?|\$\?', '1', text)
            lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            words = []
            for word in lexer:
                if set(word) <= set(';|&<>()'):
                    break
                words.append(word)
            yield words

count = 0
for path in sys.argv[2:]:
    text = open(path).read()
    # Of YAML what the parser makes of it; a job's script may go over lines.
    scripts = (list(texts(yaml.safe_load(text))) if path.endswith(('.yml', '.yaml'))
               else [text.replace('\\\n', ' ')])
    for script in scripts:
        for words in commands(script):
            ran = subprocess.run([sys.argv[1]] + words[1:] + ['--help'],
                                 capture_output=True, text=True)
            count += 1
            if ran.returncode:
                sys.exit(f'{path}: {words}: {ran.stderr}')
assert count >= 12, count
print(count, 'commands are taken')
END

# Indexed jobs and Jenkins' stages have what makes them one.
/usr/bin/python3 - <<'END' || fail "a file is not what it is for"
import yaml
job = yaml.safe_load(open('job.yaml'))
assert job['kind'] == 'Job' and job['spec']['completionMode'] == 'Indexed'
assert job['spec']['completions'] == job['spec']['parallelism']
github = yaml.safe_load(open('github.yml'))
shards = github['jobs']['race']['strategy']['matrix']['shard']
assert shards == list(range(1, github['jobs']['race']['env']['FOLIOSTORM_SHARDS'] + 1))
assert all(('run' in step) != ('uses' in step)
           for of in github['jobs'].values() for step in of['steps'])
lava = yaml.safe_load(open('lava.yaml'))
assert [list(action)[0] for action in lava['actions']] == ['deploy', 'boot', 'test']
(definition,) = lava['actions'][2]['test']['definitions']
open('lava.sh', 'w').write('\n'.join(definition['repository']['run']['steps']))
tasks = yaml.safe_load(open('main.yml'))
assert all('name' in task
           and len([key for key in task if key.startswith('ansible.builtin.')]) == 1
           for task in tasks)
jenkins = open('Jenkinsfile').read()
assert jenkins.count('{') == jenkins.count('}') and jenkins.count("'") % 2 == 0
END

for script in 900 foliostorm.sh race.sbatch foliostorm01.sh virtme.sh tuxrun.sh lava.sh; do
	bash -n "$script" || fail "$script is no shell script"
done
linted=yes
command -v shellcheck >/dev/null || linted=''
for script in foliostorm.sh foliostorm01.sh virtme.sh tuxrun.sh; do
	[[ -z $linted ]] || shellcheck -e SC1091,SC2034,SC2317 "$script" ||
		fail "$script"
done

# A foliostorm that ends with $CODE, and what LTP, LAVA, virtme-ng and tuxrun have, as far as they
# are used.
cat >bin/foliostorm <<'END'
#! /bin/sh
case $CODE in
0) echo "ok 1 split-window" ;;
77) echo "ok 1 split-window # SKIP" ;;
*) echo "not ok 1 split-window" ;;
esac
exit "$CODE"
END
cat >bin/tst_test.sh <<'END'
tst_res() { echo "$1"; }
tst_brk() { echo "broken $1"; exit; }
tst_run() { $TST_TESTFUNC; }
END
cat >bin/lava-test-case <<'END'
#! /bin/sh
echo "$1 $3"
END
cat >bin/vng <<'END'
#! /bin/sh
while [ $# -gt 1 ]; do [ "$1" != --exec ] || exec sh -c "$2"; shift; done
END
cat >bin/tuxrun <<'END'
#! /bin/sh
while [ "$1" != -- ]; do shift; done
shift
echo "2026-11-28T00:00:00 $("$@")"
END
chmod +x bin/*
export PATH=$scratch/bin:$PATH CODE

# comes_to CODE LTP LAVA OTHERS
comes_to() {
	local code script
	CODE=$1
	[[ $(sh ./foliostorm01.sh) == "$2" ]] || fail "LTP with $1: $(sh ./foliostorm01.sh)"
	[[ $(bash lava.sh | grep -v 'ok 1') == "split-window $3"$'\n'"control-pread $3" ]] ||
		fail "LAVA with $1: $(bash lava.sh)"
	for script in virtme tuxrun; do
		code=0
		sh ./$script.sh >/dev/null || code=$?
		[[ $code -eq $4 ]] || fail "$script with $1: $code"
	done
}
comes_to 0 TPASS pass 0
comes_to 1 TFAIL fail 1
comes_to 3 TCONF skip 1
comes_to 4 'broken TBROK' fail 1
comes_to 77 'broken TCONF' skip 1
[[ -n $linted ]] || { echo "skipped: shellcheck is not installed; the rest passed"; exit 77; }
