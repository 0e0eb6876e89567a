# install_package(NAME VERSION version LAYERS layer...): those layers of the package NAME, for other projects, which
#
#   cmake --install BUILD-FOLDER --component NAME --prefix WHERE
#
# installs: static libraries NAME::layer, and those of their headers that are not named INTERNAL_HEADERS.
#
# A layer's headers are internal where they show a library's types that the layer links privately (so that a change of
# library is nobody else's matter), or serve the layer's own sources alone.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

function(install_package NAME)
  cmake_parse_arguments(PACKAGE "" "VERSION" "LAYERS" ${ARGN})
  # Part of another project, this one installs nothing there. An instrumented library links only into programs with the
  # same instrumentation: that is not for others.
  if(NOT PROJECT_IS_TOP_LEVEL OR SANITIZE OR COVERAGE)
    return()
  endif()

  # Folders of its own: "net/" is a folder of the system's headers, too.
  set(headers ${CMAKE_INSTALL_INCLUDEDIR}/${NAME}-runtime)
  set(libraries ${CMAKE_INSTALL_LIBDIR}/${NAME}-runtime)
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/${NAME})
  foreach(layer ${PACKAGE_LAYERS})
    file(GLOB public CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${layer}/*.h)
    get_target_property(internal ${NAME}_${layer} INTERNAL_HEADERS)
    list(TRANSFORM internal PREPEND ${PROJECT_SOURCE_DIR}/${layer}/)
    list(REMOVE_ITEM public ${internal})
    install(FILES ${public} DESTINATION ${headers}/${layer} COMPONENT ${NAME})
  endforeach()
  list(TRANSFORM PACKAGE_LAYERS PREPEND ${NAME}_ OUTPUT_VARIABLE targets)
  install(TARGETS ${targets} EXPORT ${NAME}-targets
    ARCHIVE DESTINATION ${libraries} COMPONENT ${NAME}
    INCLUDES DESTINATION ${headers})
  install(EXPORT ${NAME}-targets NAMESPACE ${NAME}:: DESTINATION ${package} COMPONENT ${NAME})

  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/${NAME}-config.cmake.in ${PROJECT_BINARY_DIR}/${NAME}-config.cmake
    INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
  # While it is 0.x, each minor version may break what the one before promised.
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/${NAME}-config-version.cmake
    VERSION ${PACKAGE_VERSION} COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/${NAME}-config.cmake ${PROJECT_BINARY_DIR}/${NAME}-config-version.cmake
    DESTINATION ${package} COMPONENT ${NAME})
endfunction()
