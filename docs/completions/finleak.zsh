#compdef finleak
# SPDX-License-Identifier: MIT
# zsh completion for finleak. Commands and options come from `finleak --help`.

# Sets `options` to what _arguments takes, of the options of a command.
_finleak_options() {
	local line name value text action
	options=()
	for line in ${(f)"$(_call_program options $finleak $1 --help 2>/dev/null)"}; do
		[[ $line =~ '^ +((-[a-zA-Z?]), +)?(--[a-z-]+)(=([A-Z=]+))? *(.*)$' ]] || continue
		name=$match[3] value=$match[5] text=${match[6]//[\[\]:]/}
		case $name in
		--recorder) action='(auto preload kernel)' ;;
		--color) action='(auto always never)' ;;
		--format) action="(${=formats})" ;;
		--recordings|--sysroot|--debug-dir) action='_files -/' ;;
		--output|--baseline|--suppressions|--settings) action=_files ;;
		*) action=' ' ;;
		esac
		options+=("${name}${value:+=}[$text]${value:+:$value:$action}")
		[[ -n $match[2] ]] && options+=("$match[2]${value:++}[$text]${value:+:$value:$action}")
	done
}

_finleak() {
	local finleak=$words[1] formats command line
	local -a options verbs classes

	verbs=()
	for line in ${(f)"$(_call_program commands $finleak --help 2>/dev/null)"}; do
		[[ $line =~ '^([a-z]+)  +(.*)$' ]] && verbs+=("$match[1]:$match[2]")
	done
	if (( CURRENT == 2 )); then
		_describe -t commands 'finleak command' verbs
		return
	fi
	command=$words[2]
	formats=${${(M)${(f)"$($finleak report --format=\? 2>&1)"}:#*expected*}#*expected }
	formats=${${${formats%%;*}//,/}/ or / }
	_finleak_options $command
	shift words
	(( CURRENT-- ))
	case $command in
	run) _arguments -s -S : $options '(-)1:program: _command_names -e' '*::argument:_normal' ;;
	explain)
		for line in ${(f)"$(_call_program classes $finleak explain 2>/dev/null)"}; do
			[[ $line =~ '^Rules' ]] && break
			[[ $line =~ '^  ([a-z-]+) +[a-z]+ +(.*)$' ]] && classes+=("$match[1]:${match[2]//:/}")
		done
		_arguments -s -S : $options "1:class:{_describe class classes}"
		;;
	help) _arguments : '1:command:{_describe -t commands command verbs}' ;;
	scan) _arguments -s -S : $options '*:process:_pids' ;;
	watch|attach) _arguments -s -S : $options '*:process or folder:{_alternative "pids:process:_pids" "files:folder:_files -/"}' ;;
	*) _arguments -s -S : $options '*:recording:_files' ;;
	esac
}

_finleak "$@"
