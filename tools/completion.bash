# shellcheck shell=bash
# Completion of foliostorm for bash: commands, options, scenarios (files and shipped ones), kernels
# in the cache and in the archive as it was asked last, and keys of scenarios after --set and
# --vary. What there is, the program itself is asked: `foliostorm --help`, `foliostorm COMMAND
# --help`, `foliostorm run --keys`, `foliostorm import --kinds`, and what it allows where an option
# is given a wrong word.

# The commands, one a line.
_foliostorm_commands() {
	"$1" --help 2>/dev/null | sed -nE 's/^  ([a-z]+) .*/\1/p'
}

# The long options of a command, one a line; with a "=" where they take a value.
_foliostorm_options() {
	"$1" "$2" --help 2>/dev/null | grep -E '^ +-' | grep -oE -- '--[a-z-]+=?' | sort -u
}

# The keys of scenarios, one a line, items of lists numbered as in what is being typed.
_foliostorm_keys() {
	local item=0
	[[ ! $2 =~ \[([0-9]+)\] ]] || item=${BASH_REMATCH[1]}
	"$1" run --keys 2>/dev/null | sed -nE "s/^([a-z_][^ ]*) .*/\1=/; s/\[\]/[$item]/g; p"
}

# The words that a key may be, where all that is allowed are words.
_foliostorm_values() {
	local key allowed
	key=$(sed -E 's/\[[0-9]+\]/[]/g' <<<"$2")
	allowed=$("$1" run --keys 2>/dev/null | awk -v key="$key" '$1 == key' |
		sed -nE 's/.*\(([^()]*)\)$/\1/p')
	tr ',' '\n' <<<"$allowed" | sed -nE 's/^ ?(or )?([a-z][a-z0-9-]*)$/\2/p'
}

# _foliostorm_allowed PROGRAM COMMAND OPTION: the words that an option may be, one a line, as it
# says of a wrong one
_foliostorm_allowed() {
	local wrong='?'
	[[ $3 != --* ]] || wrong='=?'
	"$1" "$2" "$3$wrong" 2>&1 | sed -nE 's/.*: allowed: //; T; s/, /\n/g; p'
}

_foliostorm_files() {
	local word=$1 pattern=$2 name
	compopt -o filenames 2>/dev/null || true
	while IFS= read -r name; do
		# shellcheck disable=SC2053 # a pattern is meant
		if [[ -d $name || $name == $pattern ]]; then
			COMPREPLY+=("$name")
		fi
	done < <(compgen -f -- "$word")
}

# _foliostorm_words WORD: those of standard input that begin with it; what ends in "=" goes on.
_foliostorm_words() {
	local candidate open=
	while IFS= read -r candidate; do
		[[ -n $candidate && $candidate == "$1"* ]] || continue
		COMPREPLY+=("$candidate")
		[[ $candidate != *= ]] || open=yes
	done
	[[ -z $open ]] || compopt -o nospace 2>/dev/null || true
}

# The kernels that are known without asking the archive, one a line, and what stands for others.
_foliostorm_kernels() {
	printf '%s\n' latest stable
	"$1" kernels --offline 2>/dev/null | cut -d ' ' -f 1 | sort -V
}

# The words of ctl that follow others: _foliostorm_control PROGRAM WORD...
_foliostorm_control() {
	local program=$1
	shift
	"$program" ctl --help 2>/dev/null | sed -nE '/^COMMAND/,/^$/{s/^  //; T; s/  .*//; p}' |
		tr -d '[]' |
		awk -v given="$*" -v count=$# '{
			split(given, words, " ")
			for (i = 1; i <= count; i++)
				if ($i != words[i])
					next
			parts = split($(count + 1), part, "|")
			for (i = 1; i <= parts; i++)
				if (part[i] ~ /^[a-z]+$/)
					print part[i]
		}' | sort -u
}

# The shipped scenarios and files of rules, one a line.
_foliostorm_scenarios() {
	"$1" scenarios 2>/dev/null | cut -d ' ' -f 1
}

# _foliostorm_value PROGRAM OPTION WORD COMMAND: the value of an option
_foliostorm_value() {
	local word=$3
	case $2 in
	--set | -s | --vary | -v)
		_foliostorm_words "$word" < <(_foliostorm_keys "$1" "$word")
		;;
	--expect | -e)
		_foliostorm_words "$word" < <(_foliostorm_values "$1" expect.verdict)
		;;
	--format | -f | --goal | -g | --accel | -a | --keys | --kinds | --schema)
		_foliostorm_words "$word" < <(_foliostorm_allowed "$1" "$4" "$2")
		;;
	--kernel | -k)
		_foliostorm_words "$word" < <(_foliostorm_kernels "$1")
		;;
	--kernels)
		# Of a list only the last one is new.
		_foliostorm_words "${word##*,}" < <(_foliostorm_kernels "$1")
		[[ $word != *,* ]] || COMPREPLY=("${COMPREPLY[@]/#/${word%,*},}")
		;;
	--data-path)
		_foliostorm_words "$word" < <(_foliostorm_values "$1" mount.data_path)
		;;
	--rules)
		_foliostorm_files "$word" '*.cfg'
		_foliostorm_words "$word" < <(_foliostorm_scenarios "$1" | grep '^rules/')
		;;
	*)
		_foliostorm_files "$word" '*'
		;;
	esac
}

# Whether an option of the command takes a value of its own word.
_foliostorm_takes() {
	case $3 in
	--*) _foliostorm_options "$1" "$2" | grep -xF -- "$3=" >/dev/null ;;
	-?) "$1" "$2" --help 2>/dev/null | grep -E -- "^ +$3, --[a-z-]+=" >/dev/null ;;
	*) return 1 ;;
	esac
}

_foliostorm() {
	local program=${COMP_WORDS[0]} words=() word command='' last i
	COMPREPLY=()
	program=${program/#\~\//$HOME/}
	# Bash parts words at "="; here they are whole again.
	for ((i = 1; i <= COMP_CWORD; i++)); do
		if [[ ${#words[@]} -gt 0 &&
			(${COMP_WORDS[i]} == = || ${COMP_WORDS[i - 1]} == =) ]]; then
			words[${#words[@]} - 1]+=${COMP_WORDS[i]}
		else
			words+=("${COMP_WORDS[i]}")
		fi
	done
	last=$((${#words[@]} - 1))
	word=${words[last]-}
	if [[ $last -eq 0 ]]; then
		_foliostorm_words \
			"$word" < <(_foliostorm_commands "$program"; printf '%s\n' --help --version)
		return
	fi
	command=${words[0]}
	# --option=value, and in it or after the option KEY=VALUE: only what is behind the last "="
	# is to be completed.
	local option='' value=$word
	if [[ $word == --*=* ]]; then
		option=${word%%=*} value=${word#*=}
	elif [[ $last -gt 1 ]] && _foliostorm_takes "$program" "$command" "${words[last - 1]}"; then
		option=${words[last - 1]}
	fi
	if [[ -n $option && $value == *=* && $option =~ ^(--set|-s|--vary|-v)$ ]]; then
		_foliostorm_words \
			"${value##*[=,]}" < <(_foliostorm_values "$program" "${value%%=*}")
		# In a list of values only the last one is new; a "," parts no words.
		if [[ $value == *=*,* ]]; then
			local before=${value#*=}
			COMPREPLY=("${COMPREPLY[@]/#/${before%,*},}")
		fi
	elif [[ -n $option ]]; then
		_foliostorm_value "$program" "$option" "$value" "$command"
	elif [[ $word == -* ]]; then
		_foliostorm_words "$word" < <(_foliostorm_options "$program" "$command")
	else
		case $command in
		run | guest | tune | matrix | bisect | explore | check)
			_foliostorm_files "$word" '*.cfg'
			_foliostorm_words "$word" < <(_foliostorm_scenarios "$program")
			;;
		points)
			[[ -z $word ]] || _foliostorm_words "$word" < <(
				awk -v word="$word" \
					'$2 ~ /^[tTwW]$/ && index($3, word) == 1 { print $3 }' \
					/proc/kallsyms 2>/dev/null | sort -u
			)
			;;
		import)
			if [[ $last -eq 1 ]]; then
				_foliostorm_words \
					"$word" < <("$program" import --kinds 2>/dev/null |
					cut -d ' ' -f 1)
			else
				_foliostorm_files "$word" '*'
			fi
			;;
		ctl)
			if [[ $last -eq 1 ]]; then
				_foliostorm_files "$word" '*'
			else
				_foliostorm_words \
					"$word" < <(_foliostorm_control "$program" \
					"${words[@]:2:last - 2}")
			fi
			;;
		help) _foliostorm_words "$word" < <(_foliostorm_commands "$program") ;;
		*) _foliostorm_files "$word" '*' ;;
		esac
	fi
}

# Run as a program it prints what fits the words that it is given, a line each: so do other shells
# ask it.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_foliostorm
	[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
else
	complete -F _foliostorm foliostorm
fi
