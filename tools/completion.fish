# Completion of foliostorm for fish. What fits, the one for bash is asked, which is installed beside
# it.
function __foliostorm_fitting
	set -l words (commandline -opc)
	set -l word (commandline -ct)
	set -l program (path resolve (command -s foliostorm; or echo $words[1]))
	set -l script (path dirname $program)/../share/bash-completion/completions/foliostorm
	test -e $script; or set script $FOLIOSTORM_COMPLETION
	test -e "$script"; or return
	# Of --option=value and KEY=VALUE it completes what is behind the last "="; fish wants the
	# whole.
	set -l before (string match -r '^.*=' -- $word)
	for fits in (bash $script $words "$word" 2>/dev/null)
		echo "$before$fits"
	end
end
complete -c foliostorm -f -a '(__foliostorm_fitting)'
