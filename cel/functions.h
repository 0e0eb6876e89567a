// The functions and operators of CEL that evaluate all of their operands. Internal to cel/.
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "net/clock.h"
#include "net/json.h"
#include "net/result.h"

namespace cel {

using Value = std::variant<net::Json, net::Duration>;
using Operands = std::vector<Value>;
using Function = net::Result<Value> (*)(const Operands& operands);

// Null if the subset has none of that name with so many operands.
Function find_function(std::string_view name, std::size_t operands);

}  // namespace cel
