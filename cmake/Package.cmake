# install_package(NAME LAYER...): the layers NAME and LAYER... as a CMake package for other projects, which
#
#   cmake --install BUILD-FOLDER --component NAME --prefix WHERE
#
# installs: static libraries NAME::NAME and NAME::LAYER, and those of their headers that are not named INTERNAL_HEADERS.
#
# A layer's headers are internal where they show a library's types that the layer links privately (so that a change of
# library is nobody else's matter), or serve the layer's own sources alone.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

function(install_package NAME)
  foreach(layer ${NAME} ${ARGN})
    add_library(${NAME}::${layer} ALIAS ${layer})
  endforeach()
  # An instrumented library links only into programs with the same instrumentation: that is not for others.
  if(SANITIZE OR COVERAGE)
    return()
  endif()

  # Folders of its own: "net/" is a folder of the system's headers, too.
  set(headers ${CMAKE_INSTALL_INCLUDEDIR}/${NAME}-runtime)
  set(libraries ${CMAKE_INSTALL_LIBDIR}/${NAME}-runtime)
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/${NAME})
  foreach(layer ${NAME} ${ARGN})
    file(GLOB public CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${layer}/*.h)
    get_target_property(internal ${layer} INTERNAL_HEADERS)
    list(TRANSFORM internal PREPEND ${CMAKE_SOURCE_DIR}/${layer}/)
    list(REMOVE_ITEM public ${internal})
    install(FILES ${public} DESTINATION ${headers}/${layer} COMPONENT ${NAME})
  endforeach()
  install(TARGETS ${NAME} ${ARGN} EXPORT ${NAME}-targets
    ARCHIVE DESTINATION ${libraries} COMPONENT ${NAME}
    INCLUDES DESTINATION ${headers})
  install(EXPORT ${NAME}-targets NAMESPACE ${NAME}:: DESTINATION ${package} COMPONENT ${NAME})

  configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/${NAME}-config.cmake.in ${CMAKE_BINARY_DIR}/${NAME}-config.cmake
    INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
  # While it is 0.x, each minor version may break what the one before promised.
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/${NAME}-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/${NAME}-config.cmake ${CMAKE_BINARY_DIR}/${NAME}-config-version.cmake
    DESTINATION ${package} COMPONENT ${NAME})
endfunction()
