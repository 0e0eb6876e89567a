#include "kube/bearer.h"

#include <algorithm>
#include <string>
#include <utility>

namespace kube {

bool is_bearer_token(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

net::SecretString bearer(std::string_view token) {
  if (token.empty()) return {};
  std::string value = "Bearer ";
  value += token;
  return net::SecretString(std::move(value));
}

}  // namespace kube
