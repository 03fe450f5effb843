# shellcheck shell=bash disable=SC2034
# Sourced. Sets cache, the user's directory for what can be fetched and made again. Wants their
# function fail.
cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
[[ -n $cache ]] ||
	fail 77 "neither HOME nor XDG_CACHE_HOME is set; set one: kernels and what is made of them\
 are kept below it"
cache+=/foliostorm
