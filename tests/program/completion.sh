#!/usr/bin/env bash
# Completion in a real bash, as its readline would call it: each kind of word, and what is installed
# is found. usage: completion.sh FOLIOSTORM BUILD-DIRECTORY
set -euo pipefail
fail() {
	echo "FAILED: $1" >&2
	exit 1
}

foliostorm=$(readlink -f "$1")
build=$(readlink -f "$2")
tests=$(readlink -f "$(dirname "$0")/..")
scratch=$(mktemp -d /tmp/foliostorm-test.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir rules "a b"
touch one.cfg two.cfg notes.txt
ln -s "$foliostorm" foliostorm
# shellcheck source=tools/completion.bash
source "$tests/../tools/completion.bash"

# completes "WORDS..." WANTED...: all that is offered; the last of the words is the one under the
# cursor, parted at "=" as bash does
completes() {
	local line=$1
	shift
	read -ra COMP_WORDS <<<"./foliostorm ${line//=/ = }"
	[[ $line != *' ' && -n $line ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_foliostorm
	[[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" == "$(printf '%s\n' "$@" | sort)" ]] ||
		fail "\"$line\" gives: ${COMPREPLY[*]}; wanted: $*"
}

# offers "WORDS..." WANTED: that is among what is offered
offers() {
	local line=$1
	read -ra COMP_WORDS <<<"./foliostorm ${line//=/ = }"
	[[ $line != *' ' && -n $line ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_foliostorm
	[[ " ${COMPREPLY[*]} " == *" $2 "* ]] ||
		fail "\"$line\" does not give $2, but: ${COMPREPLY[*]}"
}

# Every command, and options of every command.
mapfile -t commands < <("$foliostorm" --help | sed -nE 's/^  ([a-z]+) .*/\1/p')
completes '' "${commands[@]}" --help --version
completes 'tu' tune
completes 'xyz' ''
for command in "${commands[@]}"; do
	offers "$command --" --help
done
offers 'run --se' --set=
offers 'tune --va' --vary=
completes 'run --keys' --keys

# Scenarios; directories lead to others.
mapfile -t shipped < <("$foliostorm" scenarios | cut -d ' ' -f 1)
[[ ${#shipped[@]} -gt 20 ]] || fail "few shipped scenarios: ${shipped[*]}"
completes 'run ' one.cfg two.cfg rules 'a b' "${shipped[@]}"
completes 'tune t' two.cfg
completes 'run split-w' split-window
completes 'mount --rules rules/sl' rules/slow-fsync
completes 'guest --kernel 6.18.9 o' one.cfg
completes 'mount --rules o' one.cfg
offers 'run one.cfg --out ' rules

# Kinds of what is imported, and then a file.
mapfile -t kinds < <("$foliostorm" import --kinds | sed 's/ .*//')
[[ ${#kinds[@]} -ge 5 ]] || fail "few kinds: ${kinds[*]}"
completes 'import ' "${kinds[@]}"
completes 'import str' strace
completes 'import strace note' notes.txt

# Functions of the kernel that runs.
completes 'points filemap_faul' filemap_fault
completes 'points ' ''

# Keys: all that the program lists.
mapfile -t keys < <("$foliostorm" run --keys | sed -E 's/ .*//; s/\[\]/[0]/g; s/$/=/')
[[ ${#keys[@]} -gt 50 ]] || fail "few keys: ${keys[*]}"
completes 'run one.cfg --set ' "${keys[@]}"
completes 'run one.cfg -s storm.ai' storm.aim=
completes 'run one.cfg --set=storm.ai' storm.aim=
completes 'tune one.cfg --vary readers[2].cou' 'readers[2].count='
completes 'bisect o' one.cfg
completes 'run one.cfg --set storm.through=' backing mount
completes 'run one.cfg --set workload.kind=' journal replay stale-folios
offers 'run one.cfg --set storm.op=' zero-range
completes 'run one.cfg --set=storm.op=z' zero-range
completes 'tune one.cfg --vary readers[1].kind=pro' procmem
completes 'tune one.cfg --vary readers[0].kind=load,p' load,pipe load,procmem load,pread \
	load,preadv2
completes 'run one.cfg --set title=' ''
completes 'tune one.cfg --goal e' exposures
completes 'tune one.cfg --goal=' hits exposures captures
completes 'run one.cfg --format j' json junit
completes 'run one.cfg --expect ' auto hit clean
completes 'mount --data-path p' passthrough
completes 'run --keys=m' markdown man
completes 'import --kinds=' lines markdown man
completes 'report --keys=m' ''
completes 'report --schema ' result events repeat
completes 'guest --accel ' auto kvm tcg
completes 'guest -a t' tcg
completes 'guest -f ' text json ktap junit github kcidb summary

# Kernels in the cache, and in the archive as of the last time; the last of a list.
mkdir -p cache/foliostorm/kernels/{6.1.192,6.18.9,6.18.9-rt-amd64,7.2.12}
touch cache/foliostorm/kernels/6.{1.192,18.9,18.9-rt-amd64}/.complete # 7.2.12 is not
export XDG_CACHE_HOME=$scratch/cache
completes 'guest --kernel ' latest stable 6.1.192 6.18.9 6.18.9:rt-amd64
completes 'guest -k 6.18' 6.18.9 6.18.9:rt-amd64
completes 'matrix --kernels 6.1.192,6.18.' 6.1.192,6.18.9 6.1.192,6.18.9:rt-amd64
mkdir -p cache/foliostorm/apt bin
echo deb >cache/foliostorm/apt/sources.list
echo conf >cache/foliostorm/apt/apt.conf
cat >bin/apt-cache <<'END'
#!/bin/bash
case "$*" in
*"cache/foliostorm/apt/apt.conf pkgnames linux-") echo linux-image-7.1.4+deb14-cloud-amd64 ;;
*" show linux-image-7.1.4+deb14-cloud-amd64")
	printf '%s\n' 'Package: linux-image-7.1.4+deb14-cloud-amd64' 'Version: 7.1.4-1' \
		'Depends: kmod' ''
	;;
*) exit 1 ;;
esac
END
printf '#!/bin/bash\necho "$@" >>%q/asked\nexit 1\n' "$scratch" >bin/apt-get
chmod +x bin/apt-cache bin/apt-get
old_path=$PATH
PATH=$scratch/bin:$PATH
completes 'guest --kernel ' latest stable 6.1.192 6.18.9 6.18.9:rt-amd64 7.1.4
completes 'guest --kernel 7.' 7.1.4
[[ ! -e asked ]] || fail "completion asks the archive: $(cat asked)"
PATH=$old_path
# Commands of ctl.
completes 'ctl one.cfg ' status watch rules holds storm crash log
completes 'ctl one.cfg holds ' list release
offers 'ctl one.cfg rules ' disable
completes 'help scenar' scenarios

# zsh and fish ask the same.
untried=''
export FOLIOSTORM_COMPLETION=$tests/../tools/completion.bash
if command -v zsh >/dev/null; then
	cat >zsh <<-END
		compset() { :; }
		compadd() { shift \${@[(i)--]}; print -rl -- "\$@"; }
		complete_words() {
			words=("\$@") CURRENT=\$#
			source $tests/../tools/completion.zsh
		}
		complete_words ./foliostorm run split-win
		complete_words ./foliostorm run --set storm.op=z
		complete_words ./foliostorm guest --durat
	END
	[[ $(zsh -f zsh | xargs) == "split-window zero-range --duration=" ]] ||
		fail "zsh gives: $(zsh -f zsh)"
else
	untried="zsh is not installed"
fi
if command -v fish >/dev/null; then
	cat >fish <<-END
		set PATH $scratch \$PATH
		source $tests/../tools/completion.fish
		complete -C 'foliostorm run split-win'
		complete -C 'foliostorm run --set storm.op=z'
		complete -C 'foliostorm guest --durat'
	END
	[[ $(HOME=$scratch fish --no-config fish |
		xargs) == "split-window storm.op=zero-range --duration=" ]] ||
			fail "fish gives: $(fish --no-config fish)"
else
	untried="fish is not installed"
fi

# Where cmake installs it, bash-completion looks for it, and man for the pages.
DESTDIR=$scratch/root cmake --install "$build" --prefix /usr >/dev/null || fail "cmake --install"
installed=root/usr/share/bash-completion/completions/foliostorm
cmp "$installed" "$tests/../tools/completion.bash" || fail "it is not installed"
for page in "$tests"/../tools/man/*.[15]; do
	[[ -e root/usr/share/man/man${page##*.}/$(basename "$page") ]] ||
		fail "$(basename "$page") is not installed"
done
for file in zsh/site-functions/_foliostorm fish/vendor_completions.d/foliostorm.fish; do
	[[ -e root/usr/share/$file ]] || fail "$file is not installed"
done
bash -c "source $installed; complete -p foliostorm" |
	grep -q 'complete -F _foliostorm foliostorm' || fail "it does not register itself"
[[ -z $untried ]] || { echo "skipped: $untried; the rest passed"; exit 77; }
