#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packages of kernels, of which none boots: how they are unpacked for a guest, and which of a
# directory are left alone.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v rpmbuild >/dev/null || skip "rpm is not installed"
command -v dpkg-deb >/dev/null || skip "dpkg is not installed"
fetch=$(readlink -f "$tests/../tools/guest/fetch-kernel")
export XDG_CACHE_HOME=$scratch/cache
cd "$scratch"

# an_rpm NAME FILE...: of files below root; kept in rpms
an_rpm() {
	local name=$1
	shift
	printf '%s\n' "Name: $name" 'Version: 6.1.9' 'Release: 1' 'Summary: a' 'License: GPL' \
		'%description' a '%files' "$@" >"$name.spec"
	rpmbuild --quiet -bb --noclean --define "_topdir $scratch/build" \
		--define "buildroot $scratch/root" --define "_rpmdir $scratch/rpms" \
		--define '_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.x86_64.rpm' \
		--define '__os_install_post %{nil}' --define '_unpackaged_files_terminate_build 0' \
		"$name.spec" >said 2>&1 ||
		fail "rpmbuild: $(cat said)"
}

# As Fedora has them: the image beside the modules, which are another package.
modules=root/lib/modules/6.1.9-1.fc42.x86_64
mkdir -p "$modules"/kernel/fs root/usr/include rpms build
echo image >"$modules/vmlinuz"
echo CONFIG_MINE=y >"$modules/config"
echo module >"$modules/kernel/fs/xfs.ko.xz"
echo header >root/usr/include/header.h
an_rpm kernel-core "/${modules#*/}/vmlinuz" "/${modules#*/}/config"
an_rpm kernel-modules-core "/${modules#*/}/kernel"
an_rpm kernel-headers /usr/include/header.h

kernel=$("$fetch" --package rpms/kernel-core-6.1.9-1.x86_64.rpm) || fail "one: exit code $?"
[[ $(cat "$kernel/boot/vmlinuz-6.1.9-1.fc42.x86_64") == image && -e $kernel/.complete ]] ||
	fail "one: $(find "$kernel")"
[[ ! -e $kernel/lib/modules/6.1.9-1.fc42.x86_64/kernel ]] || fail "one: modules of another"
mkdir my-headers_of
mv rpms my-headers_of/
kernel=$("$fetch" --package my-headers_of/rpms) || fail "a directory: exit code $?"
[[ -e $kernel/lib/modules/6.1.9-1.fc42.x86_64/kernel/fs/xfs.ko.xz &&
	-L $kernel/boot/vmlinuz-6.1.9-1.fc42.x86_64 ]] || fail "a directory: $(find "$kernel")"
[[ ! -e $kernel/usr/include ]] || fail "a directory: headers are unpacked"

# refused PATTERN PACKAGE
refused() {
	local code=0
	"$fetch" --package "$2" >said 2>&1 || code=$?
	[[ $code -eq 2 ]] || fail "$2: exit code $code, wanted 2: $(cat said)"
	grep -qE -- "$1" said || fail "$2: does not say $1: $(cat said)"
}
echo junk >junk.rpm
refused 'junk.rpm: not a package that rpm2cpio unpacks' junk.rpm
mkdir none
cp my-headers_of/rpms/kernel-headers-*.rpm none/
refused 'none: no package linux-\*.deb or kernel-\*.rpm of a kernel in it' none
[[ -z $(find cache/foliostorm/kernels -name '.fetch.*') ]] ||
	fail "what was refused is left: $(ls -a cache/foliostorm/kernels)"
