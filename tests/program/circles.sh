#!/usr/bin/env bash
# Calls between source files go one way: files that use each other in a circle can only be read,
# tested and moved together. Prints each circle with the symbols that tie it. usage: circles.sh
# FOLIOSTORM BUILD-DIRECTORY
#
# A file uses another when its object refers to a function or a variable of that one. A file without
# functions is left out: it is a table of rows, declared by the file that goes through it, which
# thereby knows none of the rows.
set -euo pipefail
build=$(readlink -f "$2")
source_tree=$(readlink -f "$(dirname "$0")/../..")
scratch=$(mktemp -d /tmp/foliostorm-test.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

# "FILE TYPE SYMBOL" for each symbol of what was built in DIRECTORY, FILE as it is called in TREE;
# objects whose source has gone are not looked at.
symbols() { # DIRECTORY TREE
	local object file sources objects=()
	local -A built=()
	cd "$1"
	while read -r object; do
		file=${object%%CMakeFiles/*}${object#*.dir/}
		[[ ! -e $2/${file%.o} ]] || objects+=("$object") built[$file]=yes
	done < <(find injector fusefs tools -name '*.c.o' 2>/dev/null | sort)
	# Some are BPF, or for builds without something.
	sources=$(cd "$2" && find injector fusefs tools -name '*.c' 2>/dev/null | wc -l) || true
	((${#built[@]} > 0 && ${#built[@]} * 10 >= sources * 9)) ||
		{ echo "FAILED: of $sources sources ${#built[@]} are in $1" >&2; exit 1; }
	nm --print-file-name "${objects[@]}" | sed -E 's,CMakeFiles/[^/]*\.dir/,,; s,\.o:, ,' |
		awk '{ print $1, $(NF - 1), $NF }'
}

# Fails when there are any.
circles() { # DIRECTORY TREE
	(symbols "$1" "$2") | awk '
	# What sanitizers and coverage add is no function of the file.
	$2 ~ /^[Tt]$/ && $3 !~ /^_sub_[ID]_|module_[cd]tor$|^__llvm/ { has_functions[$1] = 1 }
	$2 ~ /^[TDBRCVW]$/ { home[$3] = $1 }
	$2 == "U" { used[$1, $3] = 1 }

	function reach(from, at,    next_ones, i, count) {
		count = split(uses[at], next_ones)
		for (i = 1; i <= count; i++)
			if (!((from, next_ones[i]) in reached)) {
				reached[from, next_ones[i]] = 1
				reach(from, next_ones[i])
			}
	}

	END {
		for (pair in used) {
			split(pair, part, SUBSEP)
			from = part[1]
			to = home[part[2]]
			if (to == "" || to == from || !(to in has_functions))
				continue
			if (!((from, to) in tie))
				uses[from] = uses[from] " " to
			tie[from, to] = tie[from, to] " " part[2]
		}
		for (file in uses)
			reach(file, file)
		for (file in uses) {
			if (!((file, file) in reached) || file in told)
				continue
			print "a circle of source files:"
			found = 1
			for (from in uses) {
				if (!((file, from) in reached) || !((from, file) in reached))
					continue
				told[from] = 1
				for (to in uses)
					if ((from, to) in tie && (to, file) in reached)
						print "  " from " uses " to ":" tie[from, to]
			}
		}
		exit found
	}'
}

# Whether it can fail: one.c and two.c use each other, by a function and a variable; a table.c in
# between would hide it.
mkdir -p "$scratch/fusefs/CMakeFiles/fusefs.dir"
echo 'int two(void); int one; int three(void) { return two(); }' >"$scratch/fusefs/one.c"
echo 'extern int one; int two(void) { return one; }' >"$scratch/fusefs/two.c"
compile() {
	local name
	for name; do
		cc -c "$scratch/fusefs/$name.c" -o "$scratch/fusefs/CMakeFiles/fusefs.dir/$name.c.o"
	done
}
compile one two
! circles "$scratch" "$scratch" >"$scratch/said" ||
	{ echo "FAILED: a circle is not found" >&2; exit 1; }
grep -qx '  fusefs/two.c uses fusefs/one.c: one' "$scratch/said" ||
	{ echo "FAILED: a circle is not named: $(cat "$scratch/said")" >&2; exit 1; }
echo 'int two(void); int (*const one[])(void) = { two };' >"$scratch/fusefs/one.c"
compile one
circles "$scratch" "$scratch" ||
	{ echo "FAILED: a table is taken for a file that calls" >&2; exit 1; }

circles "$build" "$source_tree" ||
	{ echo "FAILED: source files use each other in circles" >&2; exit 1; }
