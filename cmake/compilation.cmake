# SPDX-License-Identifier: MIT
# How finleak's code is compiled. A target gets what it links; nothing holds for a whole folder.

# finleak's headers by their paths from the top of the tree, and all that libc declares.
add_library(finleak-headers INTERFACE)
target_include_directories(finleak-headers INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(finleak-headers INTERFACE _GNU_SOURCE)

add_library(finleak-warnings INTERFACE)
target_compile_options(finleak-warnings INTERFACE
    $<$<COMPILE_LANGUAGE:C,CXX>:-Wall;-Wextra;-Wshadow;-Wwrite-strings;-Wformat=2>
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes;-Wmissing-prototypes>
    $<$<BOOL:${FINLEAK_WERROR}>:-Werror>)

# Every target of finleak links this.
add_library(finleak-common INTERFACE)
target_link_libraries(finleak-common INTERFACE finleak-headers finleak-warnings)

add_library(finleak-version INTERFACE)
target_compile_definitions(finleak-version INTERFACE FINLEAK_VERSION="${PROJECT_VERSION}")

# For the analyzer and what tests it. The recorder and the programs under it are built without: the
# recorder lives in other people's processes.
add_library(finleak-sanitizers INTERFACE)
if(FINLEAK_SANITIZE)
    target_compile_options(finleak-sanitizers INTERFACE -fsanitize=${FINLEAK_SANITIZE}
                           -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(finleak-sanitizers INTERFACE -fsanitize=${FINLEAK_SANITIZE})
endif()
if(FINLEAK_COVERAGE)
    # By one process at a time a counter is a number; several threads share those of the ledger.
    target_compile_options(finleak-sanitizers INTERFACE --coverage -fprofile-update=atomic)
    target_compile_definitions(finleak-sanitizers INTERFACE FINLEAK_COVERAGE)
    target_link_options(finleak-sanitizers INTERFACE --coverage)
endif()
