# SPDX-License-Identifier: MIT
# Fails unless LIBRARY exports exactly the calls of LISTS (a,b): one more could shadow a symbol of the
# program, one less is a call that nobody hears of.
execute_process(COMMAND ${NM} -D --defined-only ${LIBRARY} OUTPUT_VARIABLE symbols
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL " [A-Za-z] [^\n]+" lines "${symbols}")
set(exported "")
foreach(line IN LISTS lines)
    string(REGEX REPLACE "^ [A-Za-z] ([^@]+).*" "\\1" name "${line}")
    list(APPEND exported ${name})
endforeach()
string(REPLACE "," ";" lists "${LISTS}")
set(listed "")
foreach(list IN LISTS lists)
    file(STRINGS ${list} call_lines REGEX "^(INTERPOSED|OWN_CALL)\\(")
    foreach(line IN LISTS call_lines)
        string(REGEX REPLACE "^[A-Z_]+\\(([A-Za-z0-9_]+)[,)].*" "\\1" name "${line}")
        list(APPEND listed ${name})
    endforeach()
endforeach()
list(SORT exported)
list(SORT listed)
if(NOT exported STREQUAL listed)
    set(extra ${exported})
    list(REMOVE_ITEM extra ${listed})
    set(missing ${listed})
    list(REMOVE_ITEM missing ${exported})
    message(FATAL_ERROR "${LIBRARY} exports what is not in ${LISTS}: '${extra}'; "
                        "does not export: '${missing}'. Add the call to the list, or make the "
                        "function static.")
endif()
list(LENGTH listed count)
message(STATUS "${count} calls, all exported, nothing else")
