#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packages of kernels, of which none boots: how they are unpacked for a guest, and which of a
# directory are left alone.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v rpmbuild >/dev/null || skip "rpm is not installed"
command -v dpkg-deb >/dev/null || skip "dpkg is not installed"
command -v ar >/dev/null || skip "binutils are not installed"
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

# A stranger's packages, of debs: a link where the plain image will be, and one through which the
# next package leads.
precious() {
	[[ $(ls precious) == file && $(cat precious/file) == mine ]] ||
		fail "$1: it wrote elsewhere: $(head precious/*)"
}
a_deb() { # NAME, of what is in root
	printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: a\nDescription: a\n' \
		"$1" >control
	tar -cf control.tar ./control
	(cd root && find . -mindepth 1 ! -type d | sort) | tar -C root -cf data.tar -T -
	echo 2.0 >debian-binary
	rm -f "debs/$1.deb"
	ar rc "debs/$1.deb" debian-binary control.tar data.tar
}
rm -rf root
mkdir -p precious debs root/boot
echo mine >precious/file
echo theirs | gzip >root/boot/vmlinuz-6.1.9
ln -s "$PWD/precious/file" root/vmlinux
ln -s "$PWD/precious/new" root/.complete
ln -s "$PWD/precious" root/etc
a_deb linux-image-1
rm root/vmlinux root/.complete root/etc
mkdir root/etc
echo theirs >root/etc/x
a_deb linux-image-2
"$fetch" --package debs >said || fail "links in debs: exit code $?"
precious "links in debs"
[[ $(cat "$(cat said)/vmlinux") == theirs ]] || fail "links in debs: no plain image"

# The plain image of one kernel would be booted for another.
rm -rf root debs
mkdir -p root/boot debs
echo one >root/boot/vmlinuz-6.1.9
a_deb linux-image-6.1.9
mv root/boot/vmlinuz-6.1.9 root/boot/vmlinuz-6.2.1
a_deb linux-image-6.2.1
code=0
"$fetch" --package debs >said 2>&1 || code=$?
{ [[ $code -eq 2 ]] && grep -q 'packages of several kernels, 6.1.9 6.2.1; name' said; } ||
	fail "two kernels: exit code $code: $(cat said)"

# And of rpms: a file behind a link of the same package, whose time is that of no directory.
a_payload() { # LINK FILE
	rm -rf root
	mkdir root
	ln -s "$scratch/precious" "root/$1"
	touch -h -d 2100-01-01 "root/$1"
	(cd root && cpio --quiet -o -H newc -O ../payload) <<<"$1"
	rm "root/$1"
	mkdir -p "root/$(dirname "$2")"
	echo theirs >"root/$2"
	(cd root && cpio --quiet -o -A -H newc -O ../payload) <<<"$2"
}
mkdir bin
printf '#!/bin/sh\ncat payload\n' >bin/rpm2cpio
chmod +x bin/rpm2cpio
echo junk >junk.rpm
while read -r link file; do
	a_payload "$link" "$file"
	PATH=$PWD/bin:$PATH "$fetch" --package junk.rpm 2>said &&
		fail "$link, $file: unpacked"
	precious "$link, $file"
done <<-'END'
	d d/file
	d d/e/../new
	file file
END
rm bin/rpm2cpio

# refused PATTERN PACKAGE
refused() {
	local code=0
	"$fetch" --package "$2" >said 2>&1 || code=$?
	[[ $code -eq 2 ]] || fail "$2: exit code $code, wanted 2: $(cat said)"
	grep -qE -- "$1" said || fail "$2: does not say $1: $(cat said)"
}
refused 'junk.rpm: not a package that rpm2cpio unpacks' junk.rpm
mkdir none
cp my-headers_of/rpms/kernel-headers-*.rpm none/
refused 'none: no package linux-\*.deb or kernel-\*.rpm of a kernel in it' none
[[ -z $(find cache/foliostorm/kernels -name '.fetch.*') ]] ||
	fail "what was refused is left: $(ls -a cache/foliostorm/kernels)"
