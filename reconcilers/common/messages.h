// The texts that conditions and Events of all kinds share, each by its id. Pure. The texts of one
// kind are in its own folder: integration/messages.h, offering/messages.h. Tests assert ids;
// tests/unit/reconcilers/*/messages.golden hold the texts.
#pragma once

#include <string>
#include <string_view>

#include "net/clock.h"

namespace reconcilers {

enum class CommonMessage {
  // When the operator tries next. status_text.h finds these sentences in a message.
  NextCheck,
  NextCheckAtTheEarliest,
  NextChecks,
  // A kept verdict that the provider does not confirm at present. Followed by a NextCheck.
  Unconfirmed,
  // An Event of its own.
  StatusOverwritten,
};

struct CommonFacts {
  std::string time;     // RFC 3339
  std::string answer;   // of the provider, in sentences
  std::string command;  // shows the object
};

std::string text_of(CommonMessage id, const CommonFacts& facts = {});
std::string text_at(CommonMessage id, net::SystemTime time);

// How each text of that id begins: all before the first fact.
std::string_view opening_of(CommonMessage id);

// Returns the text, which may come from an API server or a library, with a full stop at its end.
std::string as_sentence(const std::string& text);

// For tests: the name of the id, "NextCheck".
const char* to_string(CommonMessage id);

}  // namespace reconcilers
