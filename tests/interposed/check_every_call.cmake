# SPDX-License-Identifier: MIT
# Fails where an interposed call has no test.
#   cmake -D LIST=interposed_calls.def -D NUMBERS=calls/syscall.c -D PROGRAMS=a,b,c
#         -P check_every_call.cmake
# The tests are asked (--list): their tables are the source.
string(REPLACE "," ";" programs "${PROGRAMS}")
set(tested "")
foreach(program IN LISTS programs)
    execute_process(COMMAND ${program} --list OUTPUT_VARIABLE output RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "${program} --list failed: ${result}")
    endif()
    string(REPLACE "\n" ";" output "${output}")
    list(APPEND tested ${output})
endforeach()
list(REMOVE_DUPLICATES tested)

set(wanted "")
file(STRINGS ${LIST} lines REGEX "^INTERPOSED\\(")
foreach(line IN LISTS lines)
    string(REGEX REPLACE "^INTERPOSED\\(([A-Za-z0-9_]+),.*" "\\1" name "${line}")
    list(APPEND wanted ${name})
endforeach()

# syscall() stands for as many calls as the recorder translates numbers.
list(REMOVE_ITEM wanted syscall)
file(STRINGS ${NUMBERS} lines REGEX "(case|number ==) SYS_")
foreach(line IN LISTS lines)
    string(REGEX MATCHALL "(case|number ==) SYS_[a-z0-9_]+" numbers "${line}")
    foreach(number IN LISTS numbers)
        string(REGEX REPLACE ".*SYS_" "syscall " name "${number}")
        list(APPEND wanted ${name})
    endforeach()
endforeach()
list(REMOVE_DUPLICATES wanted)

list(LENGTH wanted count)
if(count LESS 100)
    message(FATAL_ERROR "only ${count} calls found in ${LIST} and ${NUMBERS}: has their form changed?")
endif()
set(untested ${wanted})
list(REMOVE_ITEM untested ${tested})
if(untested)
    message(SEND_ERROR "interposed without a test in tests/interposed: ${untested}")
endif()
message(STATUS "${count} calls, each with a test")
