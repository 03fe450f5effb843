# compdef foliostorm Completion of foliostorm for zsh. What fits, the one for bash is asked, which
# is installed beside it.
local script=${${commands[foliostorm]:-$words[1]}:A:h:h}/share/bash-completion/completions/foliostorm
[[ -e $script ]] || script=${FOLIOSTORM_COMPLETION:-}
[[ -e $script ]] || return 1
local -a fitting
fitting=("${(@f)$(bash $script "${(@)words[1,CURRENT]}" 2>/dev/null)}")
# Of --option=value and KEY=VALUE it completes what is behind the last "=".
[[ $words[CURRENT] != *=* ]] || compset -P '*='
fitting=(${fitting:#})
(( $#fitting )) || return 1
compadd -S '' -- ${(M)fitting:#*=}
compadd -- ${fitting:#*=}
