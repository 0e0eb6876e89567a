// A target as libFuzzer calls it: a broken promise is a crash.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "promises.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto broken = fuzz::broken_promises({reinterpret_cast<const char*>(data), size});
  for (const std::string& promise : broken) std::fprintf(stderr, "broken: %s\n", promise.c_str());
  if (!broken.empty()) std::abort();
  return 0;
}
