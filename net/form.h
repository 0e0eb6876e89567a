// Fields of a query or of a posted form, as browsers write them: the application/x-www-form-
// urlencoded parser of the WHATWG's URL Standard (5.1). It refuses nothing that is written badly: a
// '%' without an escape stands for itself, and U+FFFD for a byte that is not UTF-8.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/result.h"
#include "net/url.h"

namespace net {

// A plain value.
class Form {
 public:
  static constexpr std::size_t kMaxFields = 100;

  Form() = default;
  // Invalid: there are more fields than `max_fields`.
  static Result<Form> parse(std::string_view text, std::size_t max_fields = kMaxFields);

  // Returns the value of the only field of that name. Nothing where there is none, and where there
  // are several: two readers could choose differently, and RFC 6749 3.1 forbids them.
  std::optional<std::string> only(std::string_view name) const;
  // Returns all the values of that name in their order.
  std::vector<std::string> all(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  // All fields in their order; names may repeat.
  const FormFields& fields() const { return fields_; }

 private:
  FormFields fields_;
};

}  // namespace net
