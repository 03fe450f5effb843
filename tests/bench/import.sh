#!/usr/bin/env bash
# Imports 1 GiB of strace, and a kernel log of a million lines: how fast, and in how much memory.
# Then how close a replay keeps to the times of a trace.
#
# usage: tests/bench/import.sh FOLIOSTORM [MIB [SAMPLE]]
#
# MIB is 1024 by default. The output has one line of figures each.
set -euo pipefail
foliostorm=$(readlink -f "$1")
mib=${2-1024}
sample=${3-$(dirname "$(readlink -f "$0")")/../data/strace/app.strace}
scratch=$(mktemp -d "${TMPDIR:-/dev/shm}/foliostorm-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# Lines as a busy program writes them: reads, writes, syncs and waits of eight threads, in a few
# directories.
awk -v bytes=$((mib << 20)) 'BEGIN {
	for (n = 0; written < bytes; n++) {
		thread = 1000 + n % 8
		stamp = sprintf("%d 17000%05d.%06d ", thread, n / 100000, n % 100000 * 10)
		if (n < 8)
			line = stamp "openat(AT_FDCWD</srv>, \"/srv/db/data" n \
				"\", O_RDWR|O_CLOEXEC) = " 3 + n "</srv/db/data" n "> <0.000020>"
		else if (n % 11 == 0)
			line = stamp \
				"futex(0x7f52c0000b60, FUTEX_WAIT_PRIVATE, 0, NULL) = 0 <0.000120>"
		else if (n % 13 == 0)
			line = stamp "fsync(" 3 + n % 8 "</srv/db/data" n % 8 ">) = 0 <0.001000>"
		else if (n % 3 == 0)
			line = stamp "pwrite64(" 3 + n % 8 "</srv/db/data" n % 8 \
				">, \"\\0\\1\\2abcdefgh\\377\\376\"..., 4096, " n % 10000 * 4096 \
				") = 4096 <0.000031>"
		else
			line = stamp "pread64(" 3 + n % 8 "</srv/db/data" n % 8 \
				">, \"\\0\\1\\2abcdefgh\\377\\376\"..., 4096, " n % 10000 * 4096 \
				") = 4096 <0.000011>"
		print line
		written += length(line) + 1
	}
}' >"$scratch/large.strace"
for under in '' '--under /srv/db'; do
	# shellcheck disable=SC2086 # words are meant
	/usr/bin/env time -f '%e %M %U %S' -o "$scratch/time" "$foliostorm" import -q -f strace \
		$under "$scratch/large.strace" -o "$scratch/large.cfg"
	read -r seconds kib user system <"$scratch/time"
	awk -v s="$seconds" -v k="$kib" -v m="$mib" -v c="$user $system" \
		-v u="${under:-(directory found)}" 'BEGIN {
		split(c, part, " ")
		printf "import %s: %d MiB in %.2f s, %.0f MB/s (%.0f MB/s of processor time), " \
			"%.1f MiB of memory at most\n",
			u, m, s, m * 1.048576 / s, m * 1.048576 / (part[1] + part[2]), k / 1024 }'
done
rm -f "$scratch"/large.*

# A log of syslog with two crashes in it: kernel and services, firewall and audit, as rsyslog writes
# it.
crash=$(dirname "$(readlink -f "$0")")/../data/oops/cases/process-name-space.log
awk -v crash="$crash" 'BEGIN {
	for (n = 0; n < 1000000; n++) {
		stamp = sprintf("Feb  4 12:00:%02d db01 ", n % 60)
		kernel = sprintf("%skernel: [%d.%06d] ", stamp, n / 100, n % 1000000)
		if (n == 300000 || n == 700000) {
			while ((getline line <crash) > 0)
				print stamp "kernel: " line
			close(crash)
		} else if (n % 6 == 0)
			print kernel "usb 1-1: new high-speed USB device number " n % 99 \
				" using xhci_hcd"
		else if (n % 6 == 1)
			print stamp "systemd[1]: Started Session " n " of user root."
		else if (n % 6 == 2)
			print kernel "audit: type=1400 audit(1700000000.1:" n "): " \
				"apparmor=\"DENIED\" operation=\"open\" profile=\"x\" " \
				"name=\"/proc/" n "/maps\""
		else if (n % 6 == 3)
			print kernel "nft: IN=eth0 OUT= SRC=10.0.0." n % 255 \
				" DST=10.0.0.1 LEN=60 TTL=64 ID=" n " DF PROTO=TCP SPT=" n " DPT=22"
		else if (n % 6 == 4)
			print stamp "CRON[" n "]: (root) CMD " \
				"(   cd / && run-parts --report /etc/cron.hourly)"
		else
			print kernel "XFS (dm-0): Mounting V5 Filesystem"
	}
}' >"$scratch/mixed.log"
/usr/bin/env time -f '%e %M %U %S' -o "$scratch/time" "$foliostorm" import -q -f oops \
	"$scratch/mixed.log" -o "$scratch/mixed.cfg"
read -r seconds kib user system <"$scratch/time"
awk -v s="$seconds" -v k="$kib" -v c="$user $system" \
	-v lines="$(wc -l <"$scratch/mixed.log")" 'BEGIN {
	split(c, part, " ")
	printf "import oops: %d lines in %.2f s (%.2f s of processor time), " \
		"%.1f MiB of memory at most\n",
		lines, s, part[1] + part[2], k / 1024 }'
rm -f "$scratch"/mixed.*

"$foliostorm" import -q strace "$sample" -o "$scratch/replay.cfg"
for touch in 0 1; do
	"$foliostorm" run -q "$scratch/replay.cfg" --set workload.touch=$touch \
		--out "$scratch/out" >/dev/null
	jq -r --arg touch "$touch" '.workload |
		"replay, \($touch) threads touch: \(.operations) calls of \(.details.threads) " +
		"threads, begun late by p50 \(.details.late_p50_ns / 1e6) ms, " +
		"p99 \(.details.late_p99_ns / 1e6) ms, at most \(.details.late_max_ns / 1e6) ms"' \
		"$scratch/out/result.json"
	rm -rf "$scratch/out"
done
