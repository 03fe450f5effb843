#!/usr/bin/env bash
# tools/rooms finds each way in which sources, list and picture can disagree, and names the files.
set -euo pipefail
command -v dot >/dev/null || { echo "skipped: graphviz is not installed"; exit 77; }
source_tree=$(readlink -f "$(dirname "$0")/../..")
scratch=$(mktemp -d /tmp/foliostorm-test.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir -p injector/base fusefs tools/doc tools/cli
cp "$source_tree/tools/rooms" tools/
cat >tools/doc/rooms <<-'END'
	# comment
	injector/base | below  |
	fusefs        | middle | injector/base
	tools/cli     | above  | fusefs injector/base
END
echo '#include <stdio.h>' >injector/base/units.h
echo '#include "injector/base/units.h"' >fusefs/layer.h
printf '#include "%s"\n' fusefs/layer.h injector/base/units.h >tools/cli/cmd.c
tools/rooms svg tools/doc/rooms.svg

fails() { # WHAT PATTERN
	if tools/rooms check 2>said; then
		echo "FAILED: $1 is not found" >&2
		exit 1
	fi
	grep -qE -- "$2" said || { echo "FAILED: $1: said: $(cat said)" >&2; exit 1; }
}

tools/rooms check || { echo "FAILED: a tree in order is not accepted" >&2; exit 1; }
[[ $(tools/rooms dot | grep -c -e '->') == 2 ]] ||
	{ echo "FAILED: an arrow that another way implies is drawn" >&2; exit 1; }

echo '#include "fusefs/layer.h"' >injector/base/upward.c
refused='.* does not let injector/base include fusefs'
fails "an include against the list" \
	"^injector/base/upward.c includes fusefs/layer.h: $refused\$"
rm injector/base/upward.c

mkdir tools/attic
echo '#include "injector/base/units.h"' >tools/attic/old.c
fails "a room that is not listed" '^tools/attic/old.c is in a room .* does not list: tools/attic$'
rm -r tools/attic

echo '#include "injector/base/units.h"' >tools/cli/cmd.c
fails "an allowance without use" 'tools/cli may include fusefs, and does not'
printf '#include "%s"\n' fusefs/layer.h injector/base/units.h >tools/cli/cmd.c

sed -i 's/^injector\/base.*/&fusefs/' tools/doc/rooms
fails "an allowance upwards" 'rooms:2: injector/base may include fusefs, which is not above it'
sed -i 's/^\(injector\/base.*|\)fusefs/\1/' tools/doc/rooms

sed -i '/<title>.*&gt;.*<\/title>/d' tools/doc/rooms.svg
fails "a picture of something else" 'does not show tools/doc/rooms; tools/rooms svg'
