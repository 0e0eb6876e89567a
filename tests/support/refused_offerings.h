// The tables of Offerings, for manifest_tables.cc.
#pragma once

#include <vector>

#include "support/manifest_tables.h"

namespace support {

// Of the rules in CEL; that of the schema's bounds is generated.
std::vector<RefusedTable> refused_offerings();

}  // namespace support
