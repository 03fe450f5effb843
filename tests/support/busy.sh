# shellcheck shell=bash
# Sourced by measurements that are also made beside load. Gives: busy_begin, a busy loop on each
# processor, and busy_end, which ends them and may be called without any.
loops=()

busy_begin() {
	for _ in $(seq "$(nproc)"); do
		while :; do :; done &
		loops+=($!)
	done
}

busy_end() {
	[[ ${#loops[@]} -eq 0 ]] || kill "${loops[@]}" 2>/dev/null || true
	loops=()
}
