// What the CRDs refuse and accept, as tables that two judges are held to: a real API server
// (tests/integration/crds_itest.cc) and the reader of `verify` (offering_manifest_test.cc).
#pragma once

#include <string>
#include <vector>

#include "net/json.h"

namespace support {

// The smallest spec (support/crd_manifests.h) changed by a JSON merge patch (RFC 7396), and a part
// of what the API server says against it.
struct Refused {
  std::string what;
  net::Json patch;
  std::string expected;
};

struct RefusedTable {
  std::string sentence;  // the name of a test
  std::string kind;
  std::vector<Refused> rows;
};

std::vector<RefusedTable> refused_manifests();

// The smallest spec with such a patch is accepted.
struct Accepted {
  std::string what;
  std::string kind;
  net::Json patch;
};

std::vector<Accepted> accepted_manifests();

}  // namespace support
