// Asserts the message of a text, independently of its words.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>

#include "oauth/verification/messages.h"

namespace oauth {

// The text has all of the message's own words, in order; its quotes may be any text.
MATCHER_P(Says, id, std::string(negation ? "does not say " : "says ") + to_string(id)) {
  const std::string_view text = arg;
  std::string_view pattern = pattern_of(id);
  std::size_t from = 0;
  while (true) {
    const std::string_view words = pattern.substr(0, pattern.find('{'));
    const std::size_t at = text.find(words, from);
    if (at == std::string_view::npos) return false;
    from = at + words.size();
    if (words.size() == pattern.size()) return true;
    pattern.remove_prefix(pattern.find('}') + 1);
  }
}

}  // namespace oauth
