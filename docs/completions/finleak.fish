# SPDX-License-Identifier: MIT
# fish completion for finleak. Commands and options come from `finleak --help`.

function __finleak_commands
    finleak --help 2>/dev/null | string replace -rf '^([a-z]+) {2,}(.*)' '$1\t$2'
end

function __finleak_command
    set -l words (commandline -opc)
    set -q words[2]; and echo $words[2]
end

function __finleak_options
    finleak (__finleak_command) --help 2>/dev/null |
        string replace -rf '^ *(?:-[a-zA-Z], )? *(--[a-z-]+=?)[A-Z=]* +(.*)' '$1\t$2'
end

function __finleak_classes
    finleak explain 2>/dev/null | string match -r '^(?:  [a-z].*|Rules.*)' | while read -l class verdict text
        test $class = Rules; and break
        printf '%s\t%s\n' $class $text
    end
end

function __finleak_formats
    string replace -rf '.*expected ([^;]*);.*' '$1' -- (finleak report '--format=?' 2>&1) |
        string replace -ra ',| or ' ' ' | string split -n ' '
end

function __finleak_takes
    contains -- (__finleak_command) $argv
end

# `finleak run`: PROGRAM and what follows it, with the word under the cursor; fails before PROGRAM.
function __finleak_program
    set -l words (commandline -opc)
    test "$words[2]" = run; or return 1
    set -l rest $words[3..]
    while set -q rest[1]
        switch $rest[1]
            case --
                set -e rest[1]
                break
            case -d -e -f -o
                set -e rest[1..2]
            case '-*'
                set -e rest[1]
            case '*'
                break
        end
    end
    if not set -q rest[1]; and not contains -- -- $words; and string match -q -- '-*' (commandline -ct)
        return 1
    end
    not contains -- "$words[-1]" -d -e -f -o; or set -q rest[1]; or return 1
    echo -- (string escape -- $rest) (commandline -ct)
end

complete -c finleak -f
complete -c finleak -n 'not __finleak_command' -a '(__finleak_commands)'
complete -c finleak -n 'not __finleak_command' -l help -d 'print the commands'
complete -c finleak -n 'not __finleak_command' -l version -d 'print the version'
complete -c finleak -n '__finleak_command; and not __finleak_program' -a '(__finleak_options)'
complete -c finleak -n '__finleak_takes run report watch scan diff' -l color -x -a 'auto always never'
complete -c finleak -n '__finleak_takes run' -l recorder -x -a 'auto preload kernel'
complete -c finleak -n '__finleak_takes run report watch scan diff' -l format -s f -x -a '(__finleak_formats)'
complete -c finleak -n '__finleak_takes run report watch scan diff pack' -l output -s o -r -F
complete -c finleak -n '__finleak_takes run report watch scan' -l baseline -r -F
complete -c finleak -n '__finleak_takes run report watch scan diff pack' -l settings -r -F
complete -c finleak -n '__finleak_takes run report watch scan diff' -l suppressions -r -F
complete -c finleak -n '__finleak_takes run report' -l recordings -s d -x -a '(__fish_complete_directories)'
complete -c finleak -n __finleak_program -a '(complete -C (__finleak_program))'
complete -c finleak -n '__finleak_takes report diff pack' -F
complete -c finleak -n '__finleak_takes watch' -a '(__fish_complete_pids) (__fish_complete_directories)'
complete -c finleak -n '__finleak_takes scan attach' -a '(__fish_complete_pids)'
complete -c finleak -n '__finleak_takes explain' -a '(__finleak_classes)'
complete -c finleak -n '__finleak_takes help' -a '(__finleak_commands)'
