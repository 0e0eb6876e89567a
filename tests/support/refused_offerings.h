// The tables of Offerings, for manifest_tables.cc.
#pragma once

#include <vector>

#include "support/manifest_tables.h"

namespace support {

// The refusals by rules in CEL; those by the schema's bounds are generated.
std::vector<RefusedTable> refused_offerings();

}  // namespace support
