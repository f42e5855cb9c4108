# SPDX-License-Identifier: MIT
# What other projects find finleak by (a CMake package; finleak.pc is made in preload/), and the
# packages that `cpack` makes (-G DEB, -G RPM).
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/finleak)
set(command_path ${CMAKE_INSTALL_BINDIR}/finleak)
set(recorder_path ${CMAKE_INSTALL_LIBDIR}/finleak/libfinleak.so)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/finleak-config.cmake.in
                              ${PROJECT_BINARY_DIR}/finleak-config.cmake
                              INSTALL_DESTINATION ${package_folder}
                              PATH_VARS command_path recorder_path
                                        CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/finleak-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE RENAME copyright DESTINATION ${CMAKE_INSTALL_DOCDIR}
        COMPONENT finleak-runtime)
install(FILES ${PROJECT_BINARY_DIR}/finleak-config.cmake
              ${PROJECT_BINARY_DIR}/finleak-config-version.cmake
              ${CMAKE_CURRENT_LIST_DIR}/finleak-functions.cmake
        DESTINATION ${package_folder} COMPONENT finleak-development)

# Of a parent project finleak is a part: the packages are then the parent's.
if(NOT FINLEAK_IS_TOP_LEVEL)
    return()
endif()
set(CPACK_PACKAGE_NAME finleak)
set(CPACK_PACKAGE_CONTACT "The finleak developers <finleak@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DESCRIPTION "finleak names the call sites that leak sockets: it records where a \
program opens each socket, reads its EOF and closes it, and reports those that were never closed.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/prerm)
set(CPACK_RPM_PRE_UNINSTALL_SCRIPT_FILE ${CMAKE_CURRENT_LIST_DIR}/prerm)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE MIT)
set(CPACK_RPM_PACKAGE_GROUP Development/Tools)
# The recorder is loaded by path, never linked: no other package may depend on it.
set(CPACK_RPM_PACKAGE_AUTOPROV OFF)
# Folders that belong to other packages.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
    /usr/include /usr/share/man /usr/share/man/man1 /usr/share/man/man7 /usr/lib/cmake /usr/lib/pkgconfig
    /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/zsh
    /usr/share/zsh/site-functions /usr/share/fish /usr/share/fish/vendor_completions.d)
include(CPack)
