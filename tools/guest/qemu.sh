# shellcheck shell=bash disable=SC2154
# Sourced by tools/guest/run: boots the guest and judges how it ended. Wants its variables image, work, cpus, memory, limit, out, append.

# Sets accelerator. /dev/kvm may open and still fail at the kernel's first unusual instruction, so the kernel itself is the probe: KVM works if
# it gets as far as greeting. The answer is kept until the host boots again.
choose_accelerator() {
	local answers=${XDG_CACHE_HOME:-$HOME/.cache}/foliostorm/kvm host model=max,erms=off,fsrm=off
	host=$(</proc/sys/kernel/random/boot_id)
	if [[ -w /dev/kvm ]]; then
		if [[ "$(cat "$answers" 2>/dev/null)" != "$host "* ]]; then
			mkdir -p "${answers%/*}"
			if probe_kvm; then echo "$host yes"; else echo "$host no"; fi >"$answers"
		fi
		accelerator=(-accel kvm -cpu host)
		[[ "$(<"$answers")" != "$host yes" ]] || return 0
	fi
	# TCG emulates `rep movsb` byte by byte (measured: 32 us for a page, ten times the loop that kernels use without ERMS and FSRM).
	# Under QEMU 7.2 the slab allocator of 6.12 dies at random of the emulated cmpxchg16b.
	[[ ${kernel:-$image} != *6.12.* ]] || model+=,cx16=off
	accelerator=(-accel 'tcg,thread=multi' -cpu "$model")
}

probe_kvm() {
	local found=1
	setpriv --pdeathsig KILL qemu-system-x86_64 -accel kvm -cpu host -machine pc -m 512 -nodefaults -display none -no-reboot \
		-serial "file:$work/probe" -kernel "$image" -append "console=ttyS0 earlyprintk=serial panic=-1" \
		</dev/null >"$work/probe.log" 2>&1 &
	qemu=$!
	for _ in {1..50}; do
		sleep 0.1
		! grep -q 'Linux version' "$work/probe" 2>/dev/null || { found=0; break; }
		! grep -q 'KVM internal error' "$work/probe.log" || break
		kill -0 "$qemu" 2>/dev/null || break
	done
	kill -KILL "$qemu" 2>/dev/null || true
	wait "$qemu" 2>/dev/null || true
	qemu=''
	return $found
}

# Ports, in order: kernel log, the job's output, its errors, the archive that comes back. Linux takes a port's interrupt from ACPI, so the third and
# fourth get one of their own.
boot() {
	local code=0 output errors output_reader errors_reader parameters="console=ttyS0 quiet panic=-1 $append"
	choose_accelerator
	exec {output}> >(trap '' INT TERM; exec cat)
	output_reader=$!
	exec {errors}> >(trap '' INT TERM; exec cat >&2)
	errors_reader=$!
	run_qemu || code=$?
	# QEMU 7.2 under TCG loses about one kernel in twenty while it patches itself at boot (int3 in sched_clock_cpu()): that says nothing of the
	# job, which had not begun.
	for _ in 1 2; do
		[[ $code -eq 0 && ! -s $work/back ]] && ! grep -q 'foliostorm: the job begins' "$work/console" || break
		echo "tools/guest/run: the guest's kernel died while it booted; once more" >&2
		run_qemu || code=$?
	done
	exec {output}>&- {errors}>&-
	wait "$output_reader" "$errors_reader" || true

	sed 's/\r$//; s/\x1b\[[0-9;?]*[A-Za-z]//g; s/\x1bc//g' "$work/console" >"$work/console.log" 2>/dev/null || true
	mkdir "$work/result"
	if gzip -t "$work/back" 2>/dev/null && tar -xzf "$work/back" -C "$work/result" 2>/dev/null &&
		[[ -s $work/result/exit-code ]]; then
		code=$(<"$work/result/exit-code")
		rm "$work/result/exit-code"
	else
		explain_death "$code"
		code=4
	fi
	if [[ -n $out ]]; then
		mkdir -p "$out"
		cp -r "$work/result/." "$work/console.log" "$out/"
	fi
	exit "$code"
}

# In this order the death of the script ends timeout, and that of timeout ends QEMU.
run_qemu() {
	local code=0
	setpriv --pdeathsig KILL timeout --foreground -k 5 "$limit" setpriv --pdeathsig KILL \
		qemu-system-x86_64 "${accelerator[@]}" -machine pc -m "$memory" -smp "$cpus" -nodefaults -display none -no-reboot \
		-chardev file,id=console,path="$work/console" -device isa-serial,chardev=console,index=0,iobase=0x3f8,irq=4 \
		-chardev file,id=output,path="/dev/fd/$output" -device isa-serial,chardev=output,index=1,iobase=0x2f8,irq=3 \
		-chardev file,id=errors,path="/dev/fd/$errors" -device isa-serial,chardev=errors,index=2,iobase=0x3e8,irq=5 \
		-chardev file,id=back,path="$work/back" -device isa-serial,chardev=back,index=3,iobase=0x2e8,irq=7 \
		-kernel "$image" -initrd "$work/initramfs" -append "$parameters" </dev/null >"$work/qemu.log" 2>&1 &
	qemu=$!
	wait "$qemu" || code=$?
	qemu=''
	return $code
}

# explain_death CODE: what ended QEMU, and the last that the kernel said.
explain_death() {
	case $1 in
	124 | 137) echo "tools/guest/run: the guest was still running after $limit s and was killed (--timeout)" ;;
	0) echo "tools/guest/run: the guest's kernel died" ;;
	*) echo "tools/guest/run: QEMU failed with exit code $1"; cat "$work/qemu.log" ;;
	esac >&2
	if grep -qE 'BUG|Oops|panic|lockup|hung' "$work/console.log"; then
		grep -E 'BUG|Oops|RIP:|panic|lockup|hung|WARNING' "$work/console.log" | head -n 20 >&2
	else
		tail -n 15 "$work/console.log" >&2
	fi
}
