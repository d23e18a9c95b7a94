# What cmake --install puts where. Components: library (what runs), development (what is linked against), program.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_target_property(type leat TYPE)
set(LEAT_IS_STATIC OFF)
if(type STREQUAL STATIC_LIBRARY)
  set(LEAT_IS_STATIC ON)
endif()

install(TARGETS leat EXPORT leatTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/leat DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/leat)
install(EXPORT leatTargets NAMESPACE leat:: DESTINATION ${package_folder} COMPONENT development)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/leatConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/leatConfig.cmake
                              INSTALL_DESTINATION ${package_folder} NO_SET_AND_CHECK_MACRO
                              NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/leatConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/leatConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/leatConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/codecs.cmake
        DESTINATION ${package_folder} COMPONENT development)

# Relative to where the .pc file is: an installed tree may be moved.
file(RELATIVE_PATH LEAT_PC_TO_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" LEAT_PC_TO_PREFIX "${LEAT_PC_TO_PREFIX}")
# What a static library needs is asked for always: pkg-config gives Requires.private with --static only.
set(LEAT_PC_STATIC "")
if(LEAT_IS_STATIC)
  set(LEAT_PC_STATIC " zlib snappy liblz4 libzstd")
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/leat.pc.in ${CMAKE_CURRENT_BINARY_DIR}/leat.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/leat.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# Only where leat is all that is installed: an application that installs leat along says itself what its uninstalling is.
if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(uninstall COMMENT "Removing what was installed last"
                    COMMAND ${CMAKE_COMMAND} -DLEAT_BUILD=${PROJECT_BINARY_DIR} -P ${CMAKE_CURRENT_LIST_DIR}/uninstall.cmake)
endif()
