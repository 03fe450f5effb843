# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The examples of the documentation, for those who run them as they stand there.

doc_pages=$(readlink -f "${BASH_SOURCE[0]%/*}/../../tools/doc")

# doc_example NAME: makes the file NAME of the block that follows the mark <!-- example: NAME -->
doc_example() {
	awk -v mark="<!-- example: $1 -->" '
		$0 == mark { found = 1; next }
		found && /^```/ { if (inside) exit; inside = 1; next }
		inside { print; lines++ }
		END { exit !lines }' "$doc_pages"/*.md >"$1" ||
		{ echo "the documentation has no example $1" >&2; return 1; }
}
