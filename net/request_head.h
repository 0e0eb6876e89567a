// The rules for the head of a request, before it is parsed. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace net {

struct HeadFault {
  int status = 400;
  const char* what = "";  // a constant: nothing of the request
};

// Checks the lines of a head, which end with CRLF, the last one being empty; the caller has checked
// that CR and LF come in pairs only. Beast's parser checks what remains: method, version and the
// characters of fields.
std::optional<HeadFault> fault_of_head(std::string_view head, std::size_t max_fields);

}  // namespace net
