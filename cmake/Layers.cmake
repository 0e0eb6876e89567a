# add_layer(FOLDER [SOURCES ...] [INTERNAL_HEADERS ...] [USES lower layers and libraries ...] [PRIVATE_USES ...])
#
# One folder, one static library. A layer's headers are reachable as "FOLDER/header.h" only by targets that
# link it: a link farm in the build tree gives each layer an include directory with nothing else in it, so
# that an include of a layer above does not compile. FOLDER may be a folder of a folder: the target of "a/b" is a_b.
function(add_layer FOLDER)
  cmake_parse_arguments(LAYER "" "" "SOURCES;INTERNAL_HEADERS;USES;PRIVATE_USES" ${ARGN})
  string(REPLACE "/" "_" NAME ${FOLDER})
  set(farm ${CMAKE_BINARY_DIR}/layers/${NAME})
  cmake_path(GET FOLDER PARENT_PATH parent)
  file(MAKE_DIRECTORY ${farm}/${parent})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${FOLDER} ${farm}/${FOLDER} SYMBOLIC)
  add_library(${NAME} STATIC ${LAYER_SOURCES})
  target_include_directories(${NAME} PUBLIC $<BUILD_INTERFACE:${farm}>)
  target_link_libraries(${NAME} PUBLIC ${LAYER_USES} PRIVATE ${LAYER_PRIVATE_USES})
  target_compile_features(${NAME} PUBLIC cxx_std_20)
  set_target_properties(${NAME} PROPERTIES INTERNAL_HEADERS "${LAYER_INTERNAL_HEADERS}") # see Package.cmake
  harden(${NAME})
endfunction()

# harden(TARGET): the warnings and the instrumentation that all of our own code is built with.
function(harden TARGET)
  target_compile_options(${TARGET} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough -fstack-protector-strong
    -Wno-missing-field-initializers # designated initialisers leave the rest at its default, which is meant
    $<$<CONFIG:Release>:-Wno-restrict> # what g++ 12 says of std::string at -O3 is untrue (GCC bug 105651)
    $<$<BOOL:${WARNINGS_AS_ERRORS}>:-Werror>)
  target_compile_definitions(${TARGET} PRIVATE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
  if(SANITIZE)
    target_compile_options(${TARGET} PRIVATE -fsanitize=${SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${TARGET} PUBLIC -fsanitize=${SANITIZE})
    if(SANITIZE STREQUAL "thread")
      target_compile_options(${TARGET} PRIVATE -Wno-tsan) # Asio's fences, of which ThreadSanitizer sees the effects anyway
    endif()
  endif()
  if(COVERAGE)
    target_compile_options(${TARGET} PRIVATE --coverage)
    target_link_options(${TARGET} PUBLIC --coverage)
  endif()
endfunction()
