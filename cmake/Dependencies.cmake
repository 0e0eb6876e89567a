# Third-party libraries, all of them Debian 12's. docs/libraries.md says why each was chosen. What the installed package
# needs of them is in kube-config.cmake.in, too.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS system)
find_package(cpprestsdk 2.10 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
if(NOT TARGET yaml-cpp::yaml-cpp) # 0.7 knows it by its plain name alone
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
find_package(spdlog 1.10 REQUIRED)
find_package(prometheus-cpp REQUIRED) # Debian 12: 1.0.1; its package states no version
if(NOT KUBE_ONLY)
  find_package(CLI11 2.1 REQUIRED)
  find_package(re2 QUIET)
  if(NOT TARGET re2::re2) # Debian 12's (20220601) has no CMake package
    find_path(RE2_INCLUDE_DIR re2/re2.h REQUIRED)
    find_library(RE2_LIBRARY re2 REQUIRED)
    add_library(re2::re2 UNKNOWN IMPORTED)
    set_target_properties(re2::re2 PROPERTIES
      IMPORTED_LOCATION ${RE2_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${RE2_INCLUDE_DIR})
  endif()
endif()
