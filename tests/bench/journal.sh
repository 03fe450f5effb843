#!/usr/bin/env bash
# The real journalctl verifies a thousand journal files of ours, of varied shape:
# tests/bench/journal.sh JOURNAL_FILES [COUNT [FIRST]].
set -euo pipefail
journal_files=$1 count=${2:-1000} first=${3:-0}
command -v journalctl >/dev/null ||
	{ echo "journalctl is missing; it is in Debian's package systemd" >&2; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 began=$(date +%s)
for ((n = first; n < first + count; n++)); do
	"$journal_files" "$scratch" "$n" 1
	file=$scratch/$(printf %06d "$n").journal
	if ! journalctl --verify --file "$file" >"$scratch/said" 2>&1 ||
		! grep -q "^PASS: $file" "$scratch/said"; then
		echo "file $n does not pass: $(tail -n 3 "$scratch/said")" >&2
		exit 1
	fi
	passed=$((passed + 1))
	rm "$file"
done
echo "$passed of $count files pass journalctl --verify ($(journalctl --version |
	head -n 1)), $(($(date +%s) - began)) s"
