#!/usr/bin/env bash
# The packages. Debian's: made from this build, taken apart as a clean system would have it, and run
# from there.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
build=$2
command -v dpkg-shlibdeps >/dev/null || skip "dpkg-dev is not installed"

cpack -G DEB --config "$build/CPackConfig.cmake" -B "$scratch/package" >"$scratch/cpack.txt" 2>&1 ||
	fail "cpack: $(cat "$scratch/cpack.txt")"
package=$(find "$scratch/package" -maxdepth 1 -name '*.deb')
[[ -n $package ]] || fail "no package: $(cat "$scratch/cpack.txt")"
field() { dpkg-deb -f "$package" "$1"; }
[[ $(field Package) == foliostorm && -n $(field Version) && -n $(field Maintainer) ]] ||
	fail "fields: $(dpkg-deb -I "$package")"
for library in libfuse3-3 libconfig9 libjansson4 libgsl libarchive13 fuse3 xfsprogs; do
	[[ " $(field Depends)" == *" $library"* ]] ||
		fail "it does not depend on $library: $(field Depends)"
done
for program in qemu-system-x86 gnuplot-nox cpio busybox-static; do
	[[ " $(field Recommends)" == *" $program"* ]] ||
		fail "it does not recommend $program: $(field Recommends)"
done

dpkg -x "$package" "$scratch/root"
installed=$scratch/root/usr/bin/foliostorm
[[ -x $installed ]] || fail "no program in it: $(dpkg-deb -c "$package")"
[[ -n $("$foliostorm" --version) && $("$installed" --version) == $("$foliostorm" --version) ]] ||
	fail "another version"
files=0
while read -r page; do
	files=$((files + 1)) page=$(basename "$page")
	[[ -e $scratch/root/usr/share/man/man${page##*.}/$page ]] ||
		fail "the manual page $page is not in it"
done < <(find "$tests/../tools/man" -name '*.[1-9]')
[[ $files -gt 20 ]] || fail "$files manual pages"
files=0
while read -r file; do
	files=$((files + 1))
	[[ -e $scratch/root/usr/share/foliostorm/scenarios/$file ]] || fail "$file is not in it"
done < <(cd "$scenarios" && find . -type f)
[[ $files -gt 25 ]] || fail "$files scenarios"
for name in result events repeat; do
	cmp -s "$scratch/root/usr/share/foliostorm/$name.schema.json" \
		"$(dirname "$foliostorm")/$name.schema.json" ||
		fail "the schema of $name is not in it"
done
for script in fetch-kernel init initramfs archive.sh cache.sh; do
	[[ -e $scratch/root/usr/libexec/foliostorm/guest/$script ]] ||
		fail "the guest's $script is not in it"
done
ldd "$installed" >"$scratch/ldd.txt"
! grep -q 'not found' "$scratch/ldd.txt" || fail "libraries are missing: $(cat "$scratch/ldd.txt")"

# It lists them, and finds them by name.
"$installed" scenarios --json |
	jq -e --arg at "$(readlink -f "$scratch/root")/usr/share/foliostorm/" \
	'length > 25 and all(.[]; .path | startswith($at))' >/dev/null ||
	fail "other scenarios are listed: $("$installed" scenarios --json | head -n 20)"
(cd / && "$installed" check split-window slow-fsync) | grep -c 'root/usr/.*nothing is wrong' |
	grep -qx 2 || fail "scenarios are not found by name"

# It runs from there, with the scenarios that came along, and finds its scripts there.
"$installed" run -q "$scratch/root/usr/share/foliostorm/scenarios/control-pread.cfg" --duration 1 \
	--set expect.min_exposures=0 --out "$scratch/run" >"$scratch/run.txt" ||
	fail "a run: exit code $?: $(cat "$scratch/run.txt")"
"$installed" report "$scratch/run" >/dev/null || fail "a report: exit code $?"
no_leftovers "the package"

# An RPM has the same files. It is not installed: Debian has no such system.
if command -v rpmbuild >/dev/null; then
	cpack -G RPM --config "$build/CPackConfig.cmake" \
		-B "$scratch/rpm" >"$scratch/cpack.txt" 2>&1 ||
		fail "cpack -G RPM: $(cat "$scratch/cpack.txt")"
	rpm=$(find "$scratch/rpm" -maxdepth 1 -name 'foliostorm-*.rpm')
	[[ -n $rpm ]] || fail "no RPM: $(cat "$scratch/cpack.txt")"
	rpm -qpl "$rpm" 2>/dev/null | sort >"$scratch/rpm.files"
	dpkg-deb -c "$package" | awk '!/\/$/ { print substr($6, 2) }' | sort >"$scratch/deb.files"
	grep -qx /usr/bin/foliostorm "$scratch/deb.files" || fail "the package has no such files"
	[[ -z $(comm -13 "$scratch/rpm.files" "$scratch/deb.files") ]] ||
		fail "the RPM lacks $(comm -13 "$scratch/rpm.files" "$scratch/deb.files")"
	rpm -qp --requires "$rpm" >"$scratch/requires" 2>/dev/null
	for needed in 'libfuse3\.so\.3' 'libconfig\.so' xfsprogs fuse3; do
		grep -q "^$needed" "$scratch/requires" ||
			fail "the RPM does not require $needed: $(cat "$scratch/requires")"
	done
	[[ $(rpm -qp --qf '%{LICENSE}' "$rpm" 2>/dev/null) == GPL-2.0-or-later ]] ||
		fail "the RPM's licence"
else
	not_tried "rpmbuild is not installed"
fi

# The static program is one file: it checks and reads where there is nothing else.
if [[ $(cmake --build "$build" --target help) != *foliostorm-static* ]]; then
	not_tried "a build with sanitizers or coverage has no static program"
elif ! cmake --build "$build" --target foliostorm-static >"$scratch/static.txt" 2>&1; then
	grep -q 'cannot find -l' "$scratch/static.txt" ||
		fail "the static program: $(tail -n 20 "$scratch/static.txt")"
	not_tried "the static program: $(grep -m 1 'cannot find -l' "$scratch/static.txt")"
else
	mkdir "$scratch/rescue"
	cp "$build/tools/foliostorm-static" "$scratch/rescue/foliostorm"
	cp "$scenarios/split-window.cfg" "$scratch/rescue"
	head -c 16384 /dev/zero >"$scratch/rescue/file"
	[[ $(chroot "$scratch/rescue" /foliostorm --version) == $("$foliostorm" --version) ]] ||
		fail "another version of the static program"
	chroot "$scratch/rescue" /foliostorm check /split-window.cfg >"$scratch/check.txt" 2>&1 ||
		fail "the static program: $(cat "$scratch/check.txt")"
	chroot "$scratch/rescue" /foliostorm scan /file >"$scratch/scan.txt" 2>&1 ||
		fail "the static program: $(cat "$scratch/scan.txt")"
fi
all_tried
