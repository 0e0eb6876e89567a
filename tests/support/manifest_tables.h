// The CRDs' refusals and acceptances, as tables for two judges: a real API server
// (tests/integration/crds_itest.cc) and the reader of `verify` (offering_manifest_test.cc).
#pragma once

#include <string>
#include <vector>

#include "net/json.h"

namespace support {

// The smallest spec (support/crd_manifests.h) changed by a JSON merge patch (RFC 7396), and a part
// of the API server's message against it.
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

// The API server accepts the smallest spec with this patch.
struct Accepted {
  std::string what;
  std::string kind;
  net::Json patch;
};

std::vector<Accepted> accepted_manifests();

}  // namespace support
