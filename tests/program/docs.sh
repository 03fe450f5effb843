#!/usr/bin/env bash
# The documentation names all there is: keys of results, options, commands, checks, scenario files; its manual pages have
# no mistakes and its links lead somewhere.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
tamper=$2
command -v man >/dev/null || skip "man is not installed"

top=$(readlink -f "$tests/..")
readme=$top/README.md
reference=$top/scenarios/README.md
pages=$top/tools/man
missing=()

# has FILE TEXT WHAT: the file holds the text as it is
has() {
	grep -qF -- "$2" "$1" || missing+=("$3 is not in ${1#"$top"/}")
}

# page NAME: its source, with plain hyphens
page() {
	sed 's/\\-/-/g' "$pages/$1"
}

# in_page NAME PATTERN WHAT
in_page() {
	grep -qE -- "$2" <<<"$(page "$1")" || missing+=("$3 is not in tools/man/$1")
}

# rows HEADING: the keys of the tables of that section of the reference, one a line
rows() {
	# shellcheck disable=SC2016 # backquotes are meant
	awk -v heading="$1" '/^#/ { inside = $0 == heading } inside' "$reference" | sed -nE 's/^\| `([^`]+)` \|.*/\1/p'
}

# same WHAT GIVEN LISTED: both lists of keys are the same
same() {
	local key
	while read -r key; do
		[[ -z $key ]] || missing+=("$1: $key is not in scenarios/README.md")
	done < <(comm -23 <(sort -u <<<"$2") <(sort -u <<<"$3"))
	while read -r key; do
		[[ -z $key ]] || missing+=("$1: $key is in scenarios/README.md, but there is no such key")
	done < <(comm -13 <(sort -u <<<"$2") <(sort -u <<<"$3"))
}

# Keys of results: a run that is sure to have a hit on any kernel, because a page is wiped beneath the layer.
truncate -s 400M "$scratch/xfs.img"
mkfs.xfs -q "$scratch/xfs.img"
mkdir "$scratch/xfs"
mount -o loop "$scratch/xfs.img" "$scratch/xfs"
trap 'kill %% 2>/dev/null || true; wait; umount "$scratch/xfs" || umount -l "$scratch/xfs"; rm -rf "$scratch"' EXIT
cat >"$scratch/wiped.cfg" <<-END
	title = "A run to wipe a page of";
	backing = { kind = "directory"; path = "$scratch/xfs"; };
	files = ( { name = "wiped"; size = "512K"; folio = "256K"; } );
	storm = { aim = 33; pause = "700ms"; };
	readers = ( { kind = "pread"; pages = "all"; pace = "100us"; } );
	witness = true;
	rules = ( { when = { op = "fallocate"; }; do = { delay = "1ms"; }; } );
	expect = { min_exposures = 0; };
END
"$foliostorm" run -q "$scratch/wiped.cfg" --duration 4 --out "$scratch/out" >"$scratch/text" 2>&1 &
run=$!
find_file() {
	file=$(find "$scratch/xfs" -name wiped -size 512k 2>/dev/null)
	[[ -n $file ]]
}
waits_for find_file
"$tamper" "$file" zeros >/dev/null
code=0
wait $run || code=$?
[[ $code -eq 1 ]] || fail "a hit that is not expected: exit code $code: $(cat "$scratch/text")"
[[ $(jq -r .verdict "$scratch/out/result.json") == HIT ]] || fail "the wiped page was not seen: $(cat "$scratch/text")"

# The group preconditions has a key for each line of doctor but the hooks; keys of classes and operations are in the row of the group.
same "key of result.json" "$(jq -r 'del(.hits, .preconditions, .classes, .operations) | [paths | map(if type == "number" then "[]" else "." + . end) | join("") | ltrimstr(".")]
	| unique[] | select(endswith("[]") | not)' "$scratch/out/result.json"; printf '%s\n' hits preconditions classes operations)" "$(rows '### result.json')"
while read -r class; do
	has "$reference" "\`$class\`" "class $class"
done < <(jq -r '.classes | keys[]' "$scratch/out/result.json")
common=$(rows '### events.jsonl')
for type in phase punch hit rule; do
	given=$(jq -r "select(.type == \"$type\") | keys[]" "$scratch/out/events.jsonl")
	[[ -n $given ]] || fail "no event $type"
	same "key of the event $type" "$given" "$common"$'\n'"$(rows "#### $type")"
done
same "key of hits" "$(jq -r '.hits[0] | keys[]' "$scratch/out/result.json")" "$(rows '#### hit')"

# Commands and their options.
commands=$("$foliostorm" --help | sed -nE 's/^  ([a-z]+) .*/\1/p')
[[ -n $commands ]] || fail "--help lists no commands"
for command in $commands; do
	in_page foliostorm.1 "^\.BR? $command$" "the command $command"
	has "$readme" "foliostorm $command" "the command $command"
	[[ -e $pages/foliostorm-$command.1 ]] || { missing+=("tools/man/foliostorm-$command.1"); continue; }
	options=$("$foliostorm" "$command" --help | grep -E '^ +-' | grep -oE '(^| )-(-[a-z-]+|.)' | tr -d ' ')
	[[ -n $options ]] || fail "$command --help lists no options"
	for option in $options; do
		in_page "foliostorm-$command.1" "^\.BR?.* ${option//\?/\\?}([ ,=]|$)" "the option $option of $command"
	done
done
checks=$("$foliostorm" doctor --json | jq -r '.checks[].name')
[[ $(wc -l <<<"$checks") -gt 10 ]] || fail "doctor has the checks $checks"
while read -r check; do
	in_page foliostorm-doctor.1 "^\.B $check$" "the check $check of doctor"
done <<<"$checks"

# Exit codes are those that the header lists.
codes=$(sed -nE 's/^\tEXIT_[A-Z_]+ = ([0-9]+),$/\1/p' "$top/tools/base/exit_code.h")
[[ $(wc -l <<<"$codes") -gt 4 ]] || fail "the header lists the exit codes $codes"
while read -r code; do
	in_page foliostorm.1 "^\.B $code$" "exit code $code"
	has "$readme" "| $code |" "exit code $code"
done <<<"$codes"

for file in "$pages"/*.[1-9]; do
	LC_ALL=C.UTF-8 MANWIDTH=80 MANROFFSEQ='' man --warnings -E UTF-8 -l "$file" 2>"$scratch/warnings" >/dev/null ||
		missing+=("man cannot show ${file#"$top"/}")
	[[ ! -s $scratch/warnings ]] || missing+=("${file#"$top"/}: $(head -n 1 "$scratch/warnings")")
done
for file in "$scenarios"/*.cfg "$scenarios"/rules/*.cfg; do
	has "$reference" "(${file#"$scenarios"/})" "the scenario ${file#"$scenarios"/}"
done
for file in "$readme" "$reference" "$top"/tools/doc/*.md; do
	while read -r link; do
		[[ -e $(dirname "$file")/$link ]] || missing+=("${file#"$top"/} links to $link, which is not there")
	done < <(grep -oE '\]\([^)]+\)' "$file" | sed -E 's/^\]\(//; s/\)$//; s/#.*//' | grep -vE '^(https?:|$)')
done

for what in "${missing[@]}"; do
	echo "FAILED: $what" >&2
done
[[ ${#missing[@]} -eq 0 ]]
