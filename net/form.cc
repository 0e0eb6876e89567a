#include "net/form.h"

#include <algorithm>
#include <utility>

#include "net/utf8.h"

namespace net {
namespace {

std::string decoded(std::string_view text) {
  std::string bytes(text);
  std::replace(bytes.begin(), bytes.end(), '+', ' ');
  return to_utf8(percent_decode_leniently(bytes));
}

}  // namespace

Result<Form> Form::parse(std::string_view text, std::size_t max_fields) {
  Form form;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    if (form.fields_.size() == max_fields) {
      return Error{ErrorCode::Invalid,
                   "form: there are more than " + std::to_string(max_fields) + " fields"};
    }
    const std::size_t equals = pair.find('=');
    const bool has_value = equals != std::string_view::npos;
    form.fields_.emplace_back(decoded(pair.substr(0, equals)),
                              has_value ? decoded(pair.substr(equals + 1)) : std::string{});
  }
  return form;
}

std::optional<std::string> Form::only(std::string_view name) const {
  std::vector<std::string> values = all(name);
  if (values.size() != 1) return std::nullopt;
  return std::move(values.front());
}

std::vector<std::string> Form::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : fields_)
    if (key == name) values.push_back(value);
  return values;
}

std::size_t Form::count(std::string_view name) const { return all(name).size(); }

}  // namespace net
