# Packages by CPack, in the build directory: `cpack -G DEB`, or `cpack -G RPM`, for which rpmbuild
# is needed. Libraries are found by dpkg-shlibdeps and by rpmbuild; what is run as a program is
# named here, by how much of foliostorm works without it (`foliostorm doctor` says so, too).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME foliostorm)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The foliostorm developers <foliostorm@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "fault-injection testbed for the Linux page cache")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "A FUSE layer over XFS, hole-punch storms aimed at large folios, and readers
that judge every byte: it makes races of the page cache happen on purpose,
and tells whether a kernel has them. Scenarios say what happens; guests
under QEMU run them on other kernels.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION kernel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "fuse3, xfsprogs, util-linux, bash")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS
	"qemu-system-x86, busybox-static, cpio, xz-utils, zstd, ca-certificates, gnuplot-nox, e2fsprogs, btrfs-progs, f2fs-tools")
# Names of Fedora's packages, by which others mostly go. What cannot be had there is only
# recommended.
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE "GPL-2.0-or-later")
set(CPACK_RPM_PACKAGE_GROUP "Development/Tools")
set(CPACK_RPM_PACKAGE_DESCRIPTION "${CPACK_DEBIAN_PACKAGE_DESCRIPTION}")
set(CPACK_RPM_PACKAGE_REQUIRES "fuse3, xfsprogs, util-linux, bash")
set(CPACK_RPM_PACKAGE_SUGGESTS "qemu-system-x86-core, busybox, cpio, xz, zstd, gnuplot, e2fsprogs, btrfs-progs, f2fs-tools")
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
	/usr/share/man /usr/share/man/man1 /usr/share/man/man5 /usr/share/zsh /usr/share/zsh/site-functions
	/usr/share/fish /usr/share/fish/vendor_completions.d /usr/share/bash-completion
	/usr/share/bash-completion/completions /usr/libexec)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
include(CPack)
