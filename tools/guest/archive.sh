# shellcheck shell=bash disable=SC2154
# Sourced by tools/guest/fetch-kernel and sysroot: Debian's archive through an apt state of its own.
# Wants their variable work and their function fail.

suites=(trixie trixie-updates trixie-backports bookworm bookworm-updates bookworm-backports sid)
security_suites=(trixie-security bookworm-security)

# use_apt_state DIRECTORY ARCHITECTURE: from now on apt's state lies there, for packages of that
# architecture. The machine's proxy, trust and mirror settings stay in force; its lists, caches,
# pins and hooks are left alone.
use_apt_state() {
	apt=$1
	apt_options=(-qq -c "$apt/apt.conf")
	mkdir -p "$apt"/{state/lists/partial,cache/archives/partial}
	: >"$apt/status"
	cat >"$apt/apt.conf" <<EOF
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Languages "none";
Acquire::Retries "2";
APT::Architecture "$2";
APT::Architectures "$2";
APT::Sandbox::User "root";
EOF
}

# Prints "base-URI release" of each Debian suite among the machine's apt sources. Where its lists
# were never fetched, apt does not know whose archives they are, and the name of the release has to
# do.
machine_suites() {
	local known named='([a-z]+)(-updates|-security|-backports)?'
	# shellcheck disable=SC2016 # apt expands these
	known=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' \
		'Origin: Debian' 'Component: main')
	if [[ -n $known ]]; then
		echo "$known"
	else
		apt-get update --print-uris |
			sed -nE "s,^'(.*/)dists/($named)/InRelease'.*,\1 \2 \3,p" |
			awk '$3 ~ /^(bookworm|trixie|forky|sid|(old)*stable|testing|unstable)$/ {
				print $1, $2 }'
	fi
}

write_sources() {
	local main security key option='' suite
	main=$(machine_suites | awk '$2 !~ /-security$/ && !seen++ { print $1 }')
	security=$(machine_suites | awk '$2 ~ /-security$/ && !seen++ { print $1 }')
	[[ -n $main ]] || fail 77 "no Debian archive among this machine's apt sources"
	key=$(grep -rlsF "${main%/}" /etc/apt/sources.list /etc/apt/sources.list.d/ |
		xargs -r -d '\n' sed -nE \
			's/^Signed-By: *(\/[^ ]+).*/\1/Ip; s/^deb .*signed-by=(\/[^] ,]+).*/\1/p' |
		sort | uniq -c | sort -rn | awk '!seen++ { print $2 }') || true
	[[ -z $key ]] || option="[signed-by=$key] "
	for suite in "${suites[@]}"; do
		echo "deb $option$main $suite main"
	done
	[[ -z $security ]] || for suite in "${security_suites[@]}"; do
		echo "deb $option$security $suite main"
	done
}

# Brings the lists up to date. A suite that the mirror lacks is no failure; an archive that answers
# for none is.
update() {
	local log
	echo "fetching the archive's lists" >&2
	write_sources >"$work/sources.list"
	mv "$work/sources.list" "$apt/sources.list"
	log=$(LC_ALL=C apt-get -q -c "$apt/apt.conf" update 2>&1) || true
	grep -qE '^(Get|Hit):' <<<"$log" ||
		fail 4 "the Debian archive cannot be reached: $(grep -m 1 '^[EW]: ' <<<"$log")"
}

# available FLAVOUR: prints "version Debian-version package..." for each kernel whose files the
# lists have, the better choice last; of those with files missing "version - missing-package...".
# From 6.19 on an image package only depends on those that hold the files; a signed one may be
# missing beside its unsigned twin.
available() {
	local names
	names=$(apt-cache "${apt_options[@]}" pkgnames linux-)
	{
		grep -E "^linux-image-[0-9]+\.[0-9]+\.[0-9][^-]*(-[0-9]+)?-$1(-unsigned)?\$" \
			<<<"$names" || true
	} | xargs -r apt-cache "${apt_options[@]}" show | awk -v names="$names" '
		BEGIN { n = split(names, list, "\n"); for (i = 1; i <= n; i++) known[list[i]] = 1 }
		/^Package: / { package = $2 }
		/^Version: / { debian = upstream = $2; sub(/-[^-]*$/, "", upstream) }
		/^Depends: / { depends = $0 }
		/^$/ {
			files = package; missing = ""
			while (match(depends, /linux-(binary|modules)-[^ ,]*/)) {
				name = twin = substr(depends, RSTART, RLENGTH)
				depends = substr(depends, RSTART + RLENGTH)
				sub(/^linux-binary/, "linux-binary-unsigned", twin)
				if (name in known) files = files " " name
				else if (twin in known) files = files " " twin
				else missing = missing " " name
			}
			print (package ~ /-unsigned$/) + 0, upstream,
				missing ? "-" missing : debian " " files
			depends = ""
		}' | sort -k1,1nr -k2,2V -k3,3V | cut -d ' ' -f 2-
}
