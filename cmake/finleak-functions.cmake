# SPDX-License-Identifier: MIT
# Tests of a project that fail where a socket leaks. find_package(finleak) includes this.

# finleak_test(NAME name COMMAND command [argument...]
#              [SUPPRESSIONS file...] [BASELINE file] [CLASSES class...] [MIN_HELD duration]
#              [ERROR_EXITCODE number] [OPTIONS option...] [WORKING_DIRECTORY folder])
#
# Adds the test `name` to ctest: COMMAND, a target that is there already or a program, under
# `finleak run`, so that it also fails where it passes and leaks a socket (status ERROR_EXITCODE, 1
# if not given) or finleak could not judge (125).
#
#   SUPPRESSIONS     files of leaks to keep quiet about, as for --suppressions
#   BASELINE         a file of known leaks, as for --baseline
#   CLASSES          only leaks of these classes count, as for --class
#   MIN_HELD         as for --min-held
#   OPTIONS          more options of `finleak run`
#   WORKING_DIRECTORY  of the test; finleak searches for finleak.toml from there upwards
#
# Paths are relative to the current source folder. Reports name the test: its label is `name`. The
# recordings are in finleak/name of the current binary folder; each run replaces them.
function(finleak_test)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;BASELINE;MIN_HELD;ERROR_EXITCODE;WORKING_DIRECTORY"
                          "COMMAND;SUPPRESSIONS;CLASSES;OPTIONS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "finleak_test: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT arg_NAME OR NOT arg_COMMAND)
        message(FATAL_ERROR "finleak_test: NAME and COMMAND are needed")
    endif()
    if(NOT DEFINED arg_ERROR_EXITCODE)
        set(arg_ERROR_EXITCODE 1)
    endif()
    set(options --error-exitcode=${arg_ERROR_EXITCODE})
    foreach(file IN LISTS arg_SUPPRESSIONS)
        get_filename_component(file "${file}" ABSOLUTE)
        list(APPEND options "--suppressions=${file}")
    endforeach()
    if(DEFINED arg_BASELINE)
        get_filename_component(file "${arg_BASELINE}" ABSOLUTE)
        list(APPEND options "--baseline=${file}")
    endif()
    foreach(class IN LISTS arg_CLASSES)
        list(APPEND options --class=${class})
    endforeach()
    if(DEFINED arg_MIN_HELD)
        list(APPEND options --min-held=${arg_MIN_HELD})
    endif()
    set(folder "")
    if(DEFINED arg_WORKING_DIRECTORY)
        get_filename_component(folder "${arg_WORKING_DIRECTORY}" ABSOLUTE)
        set(folder WORKING_DIRECTORY "${folder}")
    endif()
    list(POP_FRONT arg_COMMAND program)
    if(TARGET "${program}")
        set(program "$<TARGET_FILE:${program}>")
    endif()
    string(MAKE_C_IDENTIFIER "${arg_NAME}" identifier)
    set(recordings "${CMAKE_CURRENT_BINARY_DIR}/finleak/${identifier}")
    # A folder that has recordings of earlier runs grows with each.
    add_test(NAME "${arg_NAME}"
             COMMAND env "FINLEAK_LABEL=${arg_NAME}" sh -c
                     "rm -rf \"$1\" && mkdir -p \"\${1%/*}\" && shift && exec \"$@\"" sh "${recordings}"
                      $<TARGET_FILE:finleak::finleak> run "--recordings=${recordings}"
                     ${options} ${arg_OPTIONS} -- "${program}" ${arg_COMMAND}
             ${folder})
endfunction()

# finleak_label_tests([test...])
#
# Labels tests of the current folder by their names (none given: all that were added so far), so that
# one `finleak run -- ctest` around all of them names the one that leaks.
function(finleak_label_tests)
    set(tests ${ARGN})
    if(NOT tests)
        get_property(tests DIRECTORY PROPERTY TESTS)
    endif()
    foreach(test IN LISTS tests)
        set_property(TEST "${test}" APPEND PROPERTY ENVIRONMENT "FINLEAK_LABEL=${test}")
    endforeach()
endfunction()
