// JSON from the network: bounded in depth and size, strict in UTF-8, with errors as values.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "net/result.h"

namespace net {

using Json = nlohmann::json;

// Refuses (Invalid) documents nested deeper than `max_depth`, invalid UTF-8 and trailing text. The
// error names the byte, never the text around it (which may be a secret).
Result<Json> parse_json(std::string_view text, std::size_t max_depth = 64);

// The member `key` of `object` if it is there and a string; empty otherwise.
std::string string_member(const Json& object, std::string_view key);

}  // namespace net
