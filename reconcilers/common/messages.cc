#include "reconcilers/common/messages.h"

#include "net/time_format.h"
#include "reconcilers/common/message_table.h"

namespace reconcilers {

namespace {

constexpr Fact<CommonFacts> kFacts[] = {
    {"time", &CommonFacts::time},
    {"answer", &CommonFacts::answer},
    {"command", &CommonFacts::command},
};

constexpr MessageTable<CommonMessage, CommonFacts> kMessages{
    kFacts,
    {
        {CommonMessage::NextCheck, "NextCheck", "Next check at {time}."},
        {CommonMessage::NextCheckAtTheEarliest, "NextCheckAtTheEarliest",
         "Next check at {time} at the earliest."},
        {CommonMessage::NextChecks, "NextChecks",
         "Next check at {time}, then at growing intervals of up to 5 minutes."},
        {CommonMessage::Unconfirmed, "Unconfirmed", "Unconfirmed since {time}: {answer}"},
        {CommonMessage::StatusOverwritten, "StatusOverwritten",
         "Another program wrote this status, and the operator wrote its own back. Find that "
         "program, which may be a second operator in the cluster: `{command}` names it. The "
         "operator writes its own back each time, at growing intervals of up to a minute."},
    }};

}  // namespace

std::string text_of(CommonMessage id, const CommonFacts& facts) {
  return kMessages.text(id, facts);
}

std::string text_at(CommonMessage id, net::SystemTime time) {
  return text_of(id, {.time = net::format_rfc3339(time)});
}

std::string_view opening_of(CommonMessage id) {
  const std::string_view text = kMessages[id].text;
  return text.substr(0, text.find('{'));
}

std::string as_sentence(const std::string& text) { return text.ends_with('.') ? text : text + "."; }

const char* to_string(CommonMessage id) { return kMessages[id].name; }

}  // namespace reconcilers
