#!/usr/bin/env bash
# What `foliostorm guest` refuses: a clear message, the right exit code, and a cache that is sound
# afterwards. No guest is booted.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
scenario=$scenarios/split-window.cfg

# refused CODE PATTERN OPTIONS...
refused() {
	local code=0 wanted=$1 pattern=$2 said
	shift 2
	said=$("$foliostorm" guest "$@" 2>&1) || code=$?
	[[ $code -eq $wanted ]] || fail "guest $*: exit code $code, wanted $wanted: $said"
	grep -qE -- "$pattern" <<<"$said" || fail "guest $*: does not say $pattern: $said"
}

kernel=$("$tests/../tools/guest/fetch-kernel" 6.18.9) ||
	fail "the kernel of this test cannot be had"
image=$(echo "$kernel"/boot/vmlinuz-*)

refused 2 'which scenario' --kernel 6.18.9
refused 2 'which kernel. give --kernel VERSION, --image' "$scenario"
refused 2 'give one of --kernel VERSION, --image' --kernel 6.18.9 --image "$image" "$scenario"
refused 2 '--modules goes with --image' --kernel 6.18.9 --modules "$kernel" "$scenario"
refused 2 'a version is written like 6.18.9' --kernel six "$scenario"
refused 2 'a version is written like 6.18.9, a series like 6.18; or latest' --kernel 6.18.9-1 \
	"$scenario"
# What a guest says of its kernel is taken as well.
refused 2 'nonesuch.cfg' --kernel "$(basename "$image" | sed 's/^vmlinuz-//')" \
	"$scratch/nonesuch.cfg"
refused 2 'the archive has no kernel 6.18.99; the nearest: .*6\.18\.[0-9]+' --kernel 6.18.99 \
	"$scenario"
refused 2 'not a kernel image of x86-64 or arm64' --image /etc/passwd "$scenario"
refused 2 'No such file' --image "$scratch/nothing" "$scenario"
refused 2 'not a kernel image' --image "$scratch" "$scenario"
refused 2 'Not a directory' --image "$image" --modules /etc/passwd "$scenario"
refused 2 'nonesuch.cfg' --kernel 6.18.9 "$scratch/nonesuch.cfg"
refused 2 'storm.aim' --kernel 6.18.9 "$scenario" --set storm.aim=sideways
refused 2 'run_as: there is no user "nobody" in a guest; allowed: root, or "UID:GID"' \
	--kernel 6.18.9 "$scenario" --set 'rules=({ when = "fsync";
		do = { run = { command = "true"; run_as = "nobody"; }; }; })'
refused 2 '--arch mips: allowed: amd64, arm64' --kernel 6.18.9 --arch mips "$scenario"
refused 2 "fast: not a flavour of Debian's kernels; allowed: amd64, " --kernel 6.18.9:fast \
	"$scenario"
refused 2 'a version is written like 6.18.9' --kernel six:rt "$scenario"
refused 2 'allowed: 1 to 64' --kernel 6.18.9 --cpus 0 "$scenario"
refused 2 'allowed: 256 to' --kernel 6.18.9 --memory 16 "$scenario"
refused 2 'allowed: auto, kvm, tcg' --kernel 6.18.9 --accel hvf "$scenario"
refused 2 '--timeout' --kernel 6.18.9 --timeout soon "$scenario"
refused 2 '--keep goes with --out' --kernel 6.18.9 --keep "$scenario"
refused 2 'is not a directory; name one' --kernel 6.18.9 --out /etc/passwd "$scenario"
refused 2 'its directory does not exist' --kernel 6.18.9 --out "$scratch/a/b" \
	"$scenario"
refused 2 'no such program' --kernel 6.18.9 --file "$scratch/nothing" "$scenario"
refused 2 'one scenario at a time' --kernel 6.18.9 "$scenario" "$scenario"
refused 2 '--shell requires a terminal' --kernel 6.18.9 --shell </dev/null
refused 77 'this machine has only' --kernel 6.18.9 --memory 1000000 "$scenario"

# Modules that are not there, and modules of another version.
mkdir "$scratch/modules"
other=$("$tests/../tools/guest/fetch-kernel" 7.2.12) ||
	fail "the other kernel of this test cannot be had"
refused 2 'no module \(\*.ko, packed or not\) is below it' \
	--image "$(echo "$other"/boot/vmlinuz-*)" --modules "$scratch/modules" "$scenario"
find "$kernel" \( -name 'fuse.ko*' -o -name 'loop.ko*' \) -exec cp {} "$scratch/modules/" \;
refused 77 "CONFIG_XFS_FS is a module, and $scratch/modules has no xfs.ko \\($kernel/boot/config-" \
	--image "$image" --modules "$scratch/modules" "$scenario"
find "$kernel" -name 'xfs.ko*' -exec cp {} "$scratch/modules/" \;
refused 2 'is a module of kernel 6.18.9.*but the image is 7.2.12' \
	--image "$(echo "$other"/boot/vmlinuz-*)" --modules "$scratch/modules" "$scenario"

# What a kernel lacks is said before it boots.
cp "$image" "$scratch/bzImage"
grep -v '^CONFIG_XFS_FS=' "$kernel"/boot/config-* >"$scratch/config-${image##*/vmlinuz-}"
refused 77 'CONFIG_XFS_FS is not set' --image "$scratch/bzImage" --modules "$kernel" "$scenario"
refused 77 'CONFIG_BLK_DEV_LOOP is a module, and --modules is not given; CONFIG_XFS_FS is not set' \
	--image "$scratch/bzImage" "$scenario"
# A tree whose modules were not built.
mkdir -p "$scratch/tree/arch/x86/boot"
cp "$image" "$scratch/tree/arch/x86/boot/bzImage"
cp "$kernel"/boot/config-* "$scratch/tree/.config"
refused 77 "is a module, and $scratch/tree has no xfs.ko \\($scratch/tree/.config\\)" \
	--tree "$scratch/tree" "$scenario"
refused 2 'neither arch/x86/boot/bzImage nor arch/arm64/boot/Image is there' --tree "$scratch" \
	"$scenario"
refused 2 'no package linux-\*.deb or kernel-\*.rpm of a kernel' --kernel "$scratch" "$scenario"
echo junk >"$scratch/linux-image.deb"
refused 2 'not a package that dpkg-deb unpacks' --kernel "$scratch/linux-image.deb" "$scenario"

# More files of this machine than a guest takes.
{
	cat "$scenario"
	echo 'rules = ('
	for number in {1..200}; do
		echo "{ when = { op = \"open\"; }; do = ("
		for part in {1..3}; do
			echo 1ms 2ms 1 >"$scratch/$number-$part.txt"
			echo "{ delay = { histogram = \"$scratch/$number-$part.txt\"; }; }" \
				"$([[ $part == 3 ]] || echo ,)"
		done
		echo "); }$([[ $number == 200 ]] || echo ,)"
	done
	echo ');'
} >"$scratch/rules.cfg"
refused 2 'rules.cfg: a guest takes [0-9]+ files of rules' --kernel 6.18.9 "$scratch/rules.cfg"

# Nowhere to keep what is fetched.
for missing in 'HOME -u XDG_CACHE_HOME' 'XDG_CACHE_HOME HOME='; do
	for kernel_options in '--kernel 6.18.9' "--image $image --modules $kernel"; do
		code=0
		# shellcheck disable=SC2086 # words
		said=$(env -u $missing "$foliostorm" guest $kernel_options "$scenario" 2>&1) ||
			code=$?
		[[ $code -eq 77 && $said == *"neither HOME nor XDG_CACHE_HOME is set; set one"* &&
			$said != *"line "* ]] || fail "without $missing: exit code $code: $said"
	done
done

# No QEMU: a path that has all but that.
mkdir "$scratch/bin"
for directory in /usr/sbin /usr/bin /sbin /bin; do
	find "$directory" -maxdepth 1 ! -name 'qemu-*' -exec ln -sf -t "$scratch/bin" {} +
done
PATH=$scratch/bin refused 77 'qemu-system-x86_64 is not installed' --kernel 6.18.9 "$scenario"


# Another architecture: without its programs, without its QEMU, with KVM. The image stands for a
# kernel of it.
case $(dpkg --print-architecture) in
amd64) foreign=arm64 qemu=qemu-system-aarch64 package=qemu-system-arm machine='\267' ;;
*) foreign=amd64 qemu=qemu-system-x86_64 package=qemu-system-x86 machine='>' ;;
esac
{ printf '\177ELF'; head -c 14 /dev/zero; printf '%b' "$machine"; head -c 100 /dev/zero; printf \
	'Linux version 6.18.9 (a@b)'; } >"$scratch/$foreign"
PATH=$scratch/bin refused 77 "$qemu is not installed; install $package" \
	--image "$scratch/$foreign" "$scenario"
ln -s /bin/true "$scratch/bin/$qemu"
PATH=$scratch/bin refused 77 "is a kernel of $foreign, and this machine is of" --accel kvm \
	--image "$scratch/$foreign" "$scenario"
rm "$scratch/bin/$qemu"

# One without seccomp.
cat >"$scratch/bin/qemu-system-x86_64" <<-'END'
	#!/bin/sh
	echo "qemu-system-x86_64: $(printf '%s\n' "$@" | grep -n -- -sandbox):" \
		"There is no option group 'sandbox'" >&2
	exit 1
END
chmod +x "$scratch/bin/qemu-system-x86_64"
PATH=$scratch/bin refused 4 'this QEMU was built without seccomp' --kernel 6.18.9 --accel tcg \
	"$scenario"
rm "$scratch/bin/qemu-system-x86_64"

# No network, and a cache that nothing was put into.
export XDG_CACHE_HOME=$scratch/cache
code=0
said=$(unshare -n "$foliostorm" guest --kernel 6.18.9 "$scenario" 2>&1) || code=$?
[[ $code -eq 4 ]] || fail "no network: exit code $code: $said"
grep -q 'the Debian archive cannot be reached' <<<"$said" || fail "no network: $said"
[[ -z $(ls -A "$XDG_CACHE_HOME/foliostorm/kernels") ]] ||
	fail "no network: something is in the cache: $(ls -A "$XDG_CACHE_HOME/foliostorm/kernels")"

# A download that was killed in the middle leaves nothing that the next one takes for whole.
mkdir -p "$XDG_CACHE_HOME/foliostorm/kernels/6.18.9/boot" \
	"$XDG_CACHE_HOME/foliostorm/kernels/.fetch.killed"
head -c 100000 "$image" >"$XDG_CACHE_HOME/foliostorm/kernels/6.18.9/boot/$(basename "$image")"
code=0
said=$(unshare -n "$foliostorm" guest --kernel 6.18.9 "$scenario" 2>&1) || code=$?
[[ $code -eq 4 ]] || fail "a truncated kernel was taken for whole: exit code $code: $said"
[[ ! -e $XDG_CACHE_HOME/foliostorm/kernels/.fetch.killed ]] ||
	fail "what a killed download left is still there"
no_leftovers "the refusals"
