#!/usr/bin/env bash
# The documentation names all there is: options, commands, checks, scenario files; its manual pages
# have no mistakes and its links lead somewhere.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v man >/dev/null || skip "man is not installed"

top=$(readlink -f "$tests/..")
readme=$top/README.md
reference=$top/scenarios/README.md
pages=$top/tools/man
missing=() links=0

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

# anchors FILE: what its headings are linked by
anchors() {
	sed -nE 's/^#+ //p' "$1" | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}

# Commands and their options.
commands=$("$foliostorm" --help | sed -nE 's/^  ([a-z]+) .*/\1/p')
[[ -n $commands ]] || fail "--help lists no commands"
for command in $commands; do
	in_page foliostorm.1 "^\.BR? $command$" "the command $command"
	has "$top/tools/doc/commands.md" "\`foliostorm $command" "the command $command"
	[[ -e $pages/foliostorm-$command.1 ]] ||
		{ missing+=("tools/man/foliostorm-$command.1"); continue; }
	options=$("$foliostorm" "$command" --help | grep -E '^ +-' |
		grep -oE '(^| )-(-[a-z-]+|[A-Za-z?])' | tr -d ' ')
	[[ -n $options ]] || fail "$command --help lists no options"
	for option in $options; do
		in_page "foliostorm-$command.1" "^\.BR?.* ${option//\?/\\?}([ ,=]|$)" \
			"the option $option of $command"
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
	has "$top/tools/doc/verdict.md" "| $code |" "exit code $code"
done <<<"$codes"

for file in "$pages"/*.[1-9]; do
	LC_ALL=C.UTF-8 MANWIDTH=80 MANROFFSEQ='' man --warnings -E UTF-8 \
		-l "$file" 2>"$scratch/warnings" >/dev/null ||
		missing+=("man cannot show ${file#"$top"/}")
	[[ ! -s $scratch/warnings ]] ||
		missing+=("${file#"$top"/}: $(head -n 1 "$scratch/warnings")")
done
for file in "$scenarios"/*.cfg "$scenarios"/rules/*.cfg; do
	has "$reference" "(${file#"$scenarios"/})" "the scenario ${file#"$scenarios"/}"
done
for file in "$readme" "$reference" "$top"/tools/doc/*.md "$top"/tools/doc/*/*.md; do
	while IFS='#' read -r link anchor; do
		links=$((links + 1))
		to=$file
		[[ -z $link ]] || to=$(dirname "$file")/$link
		[[ -e $to ]] ||
			{
				missing+=("${file#"$top"/} links to $link, which is not there")
				continue
			}
		[[ -z $anchor ]] || anchors "$to" | grep -qxF "$anchor" ||
			missing+=("${file#"$top"/} links to $link#$anchor, which no heading has")
	done < <(grep -oE '\]\([^)]+\)' "$file" | sed -E 's/^\]\(//; s/\)$//' | grep -vE '^https?:')
done
[[ $links -gt 200 ]] || fail "the pages have $links links"

# A page of a subject is found from the list of them, and short but for tables that are printed; the
# first page is a page.
for file in "$top"/tools/doc/*.md; do
	grep -qE "\]\((\.\./)?tools/doc/${file##*/}[)#]" "$readme" "$reference" ||
		missing+=("a link to ${file#"$top"/}")
	lines=$(sed '/^<!-- printed by /,/^<!-- end of what is printed/d' "$file" | wc -l)
	[[ $lines -le 200 ]] || missing+=("${file#"$top"/} with less than its $lines lines")
done
for file in "$top"/tools/doc/*/*.md; do
	page=${file#"$top"/tools/doc/}
	grep -qF "]($page)" "$top"/tools/doc/*.md || missing+=("a link to ${file#"$top"/}")
done
[[ $(wc -l <"$readme") -le 150 ]] || missing+=("README.md has more than 150 lines")

for what in "${missing[@]}"; do
	echo "FAILED: $what" >&2
done
[[ ${#missing[@]} -eq 0 ]]
