# Writes the commit of the sources as a header, when it has changed: cmake -D GIT=... -D SOURCES=...
# -D OUT=... -P commit.cmake
cmake_minimum_required(VERSION 3.18)
set(commit "")
if(GIT)
	execute_process(COMMAND ${GIT} -C ${SOURCES} describe --always --dirty --abbrev=7 --exclude=*
		OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(commit)
	set(commit " (${commit})")
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#define FOLIOSTORM_COMMIT \"@commit@\"\n" @ONLY)
