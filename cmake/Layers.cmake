# add_layer(FOLDER [PACKAGE name] [SOURCES ...] [INTERNAL_HEADERS ...] [USES lower layers and libraries ...] [PRIVATE_USES ...])
#
# One folder, one static library. Others link it as PACKAGE::FOLDER, kube::net or integration_operator::api. Its target's own
# name has the package before it, too, since another project may add this one and have a `net` or a `tests` of its own.
#
# A layer's headers are reachable as "FOLDER/header.h" only by targets that
# link it: a link farm in the build tree gives each layer an include directory with nothing else in it, so
# that an include of a layer above does not compile. FOLDER may be a folder of a folder: "a/b" is linked as PACKAGE::a_b.
function(add_layer FOLDER)
  cmake_parse_arguments(LAYER "" "PACKAGE" "SOURCES;INTERNAL_HEADERS;USES;PRIVATE_USES" ${ARGN})
  if(NOT LAYER_PACKAGE)
    set(LAYER_PACKAGE integration_operator)
  endif()
  string(REPLACE "/" "_" name ${FOLDER})
  set(target ${LAYER_PACKAGE}_${name})
  set(farm ${PROJECT_BINARY_DIR}/layers/${name})
  cmake_path(GET FOLDER PARENT_PATH parent)
  file(MAKE_DIRECTORY ${farm}/${parent})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${FOLDER} ${farm}/${FOLDER} SYMBOLIC)
  add_library(${target} STATIC ${LAYER_SOURCES})
  add_library(${LAYER_PACKAGE}::${name} ALIAS ${target})
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${farm}>)
  target_link_libraries(${target} PUBLIC ${LAYER_USES} PRIVATE ${LAYER_PRIVATE_USES})
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${name}
    INTERNAL_HEADERS "${LAYER_INTERNAL_HEADERS}") # see Package.cmake
  harden(${target})
endfunction()

# harden(TARGET): the warnings and the instrumentation that all of our own code is built with.
function(harden TARGET)
  target_compile_options(${TARGET} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough -fstack-protector-strong
    -Wno-missing-field-initializers # designated initialisers leave the rest at its default, which is meant
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety> # net/mutex.h
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-restrict> # what g++ 12 says of std::string at -O3 is untrue (GCC bug 105651)
    $<$<BOOL:${WARNINGS_AS_ERRORS}>:-Werror>)
  # The standard library checks what it is given, in what ships, too: to go on after a broken promise is worse than to end.
  target_compile_definitions(${TARGET} PRIVATE _GLIBCXX_ASSERTIONS $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
  if(SANITIZE)
    target_compile_options(${TARGET} PRIVATE -fsanitize=${SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${TARGET} PUBLIC -fsanitize=${SANITIZE})
    if(SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${TARGET} PRIVATE -Wno-tsan) # Asio's fences, of which ThreadSanitizer sees the effects anyway
    endif()
  endif()
  if(COVERAGE)
    target_compile_options(${TARGET} PRIVATE --coverage)
    target_link_options(${TARGET} PUBLIC --coverage)
  endif()
endfunction()
