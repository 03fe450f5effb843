# shellcheck shell=bash
# Fragments of kernel configurations. Sourced.

# merge_fragments FILE...: each option as the last one says that names it; kconfig would make of two
# lines about an option what its version likes.
merge_fragments() {
	awk '
		match($0, /CONFIG_[A-Z0-9_]+(=| is not set)/) {
			option = $0
			gsub(/^# |=.*| is not set$/, "", option)
			if (!(option in line))
				order[++count] = option
			line[option] = $0
		}
		END { for (i = 1; i <= count; i++) print line[order[i]] }' "$@"
}
