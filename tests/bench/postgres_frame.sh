# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after frame.sh by benches of PostgreSQL. Gives: as.
bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | tail -n 1)
[[ -n $bin ]] || skip "PostgreSQL is not installed (Debian: postgresql)"

# as DIRECTORY COMMAND...: runs it there as PostgreSQL's user, whose socket is in $socket
as() {
	(cd "$1" &&
		setpriv --reuid postgres --regid postgres --clear-groups env PATH="$bin:$PATH" \
			PGHOST="$socket" PGDATABASE=postgres "${@:2}")
}
