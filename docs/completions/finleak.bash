# SPDX-License-Identifier: MIT
# bash completion for finleak. Commands and options come from `finleak --help`.
# shellcheck shell=bash

# __finleak_options COMMAND: its long options, those that take a value with '='.
__finleak_options() {
	"$finleak" "$1" --help 2>/dev/null |
		sed -n 's/^ *\(-[a-zA-Z?], \)\? *\(--[a-z-]*=\{0,1\}\).*/\2/p'
}

__finleak_commands() {
	"$finleak" --help 2>/dev/null | sed -n 's/^\([a-z]\{1,\}\) \{2,\}.*/\1/p'
}

__finleak_classes() {
	"$finleak" explain 2>/dev/null | sed -n '/^$/q; s/^  \([a-z-]*\) .*/\1/p'
}

__finleak_formats() {
	"$finleak" report --format=? 2>&1 | sed -n 's/.*expected \([^;]*\);.*/\1/p' |
		sed 's/,\? or / /; s/,//g'
}

# __finleak_pids: processes that this user may examine.
__finleak_pids() {
	local folder
	for folder in /proc/[0-9]*; do
		[ -O "$folder" ] && printf '%s\n' "${folder##*/}"
	done
}

# __finleak_value OPTION WORD: completes the value of OPTION; fails if it takes none.
__finleak_value() {
	case $1 in
	--recorder) mapfile -t COMPREPLY < <(compgen -W 'auto preload kernel' -- "$2") ;;
	--color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$2") ;;
	--format | -f) mapfile -t COMPREPLY < <(compgen -W "$(__finleak_formats)" -- "$2") ;;
	--recordings | --sysroot | --debug-dir | -d)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$2")
		;;
	--output | --baseline | --suppressions | --settings | -o)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$2")
		;;
	--class) mapfile -t COMPREPLY < <(compgen -W "$(__finleak_classes)" -- "$2") ;;
	-e | --error-exitcode | --since | --own | --foreign | --source-prefix) ;;
	--min-held | --late | --idle | --observe | --interval | --duration) ;;
	*) return 1 ;;
	esac
}

_finleak() {
	local finleak=${COMP_WORDS[0]} command=${COMP_WORDS[1]-} word=${COMP_WORDS[COMP_CWORD]}
	local before=${COMP_WORDS[COMP_CWORD - 1]} i

	COMPREPLY=()
	# Bash splits --color=au into three words.
	if [ "$word" = = ]; then
		__finleak_value "$before" ''
		return
	elif [ "$before" = = ] && [ "$COMP_CWORD" -ge 3 ]; then
		__finleak_value "${COMP_WORDS[COMP_CWORD - 2]}" "$word"
		return
	fi
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(__finleak_commands) --help --version" -- "$word")
		return
	fi
	if [ "$command" = run ]; then
		# What follows the first word that is no option is PROGRAM with its own completion.
		for ((i = 2; i < COMP_CWORD; i++)); do
			case ${COMP_WORDS[i]} in
			--) i=$((i + 1)) && break ;;
			-[defo]) i=$((i + 1)) ;;
			=) i=$((i + 1)) ;;
			-*) ;;
			*) break ;;
			esac
		done
		if [ "$i" -le "$COMP_CWORD" ] && [[ $word != -* || ${COMP_WORDS[i - 1]} == -- || $i -lt $COMP_CWORD ]] &&
			! [[ $before == -[defo] ]]; then
			if declare -F _command_offset >/dev/null; then
				_command_offset "$i"
			elif [ "$i" = "$COMP_CWORD" ]; then
				compopt -o filenames
				mapfile -t COMPREPLY < <(compgen -c -f -- "$word")
			else
				compopt -o default
			fi
			return
		fi
	fi
	__finleak_value "$before" "$word" && return
	case $word in
	-*)
		mapfile -t COMPREPLY < <(compgen -W "$(__finleak_options "$command")" -- "$word")
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
		return
		;;
	esac
	case $command in
	explain) mapfile -t COMPREPLY < <(compgen -W "$(__finleak_classes)" -- "$word") ;;
	help) mapfile -t COMPREPLY < <(compgen -W "$(__finleak_commands)" -- "$word") ;;
	scan) mapfile -t COMPREPLY < <(compgen -W "$(__finleak_pids)" -- "$word") ;;
	watch | attach)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -W "$(__finleak_pids)" -- "$word"; compgen -d -- "$word")
		;;
	*)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	esac
}

complete -F _finleak finleak
