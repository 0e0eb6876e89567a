#include "reconcilers/common/status_text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "api/conditions.h"
#include "reconcilers/common/messages.h"

namespace reconcilers {

namespace {

namespace condition = api::condition;

constexpr std::array<std::string_view, 9> kOurs = {condition::ready,
                                                   condition::reconciling,
                                                   condition::stalled,
                                                   condition::discovered,
                                                   condition::offering_available,
                                                   condition::scopes_valid,
                                                   condition::credentials_present,
                                                   condition::credentials_verified,
                                                   condition::callback_registered};

// The message up to the sentence of that id. All texts of a NextCheck begin alike.
std::string before(CommonMessage sentence, const std::string& message) {
  return message.substr(0, message.find(" " + std::string{opening_of(sentence)}));
}

}  // namespace

std::string without_next_try(const std::string& message) {
  return before(CommonMessage::NextCheck, message);
}

std::string without_tail(const std::string& message) {
  return before(CommonMessage::Unconfirmed, without_next_try(message));
}

kube::Conditions our_conditions(const kube::Conditions& conditions, NextTry next_try) {
  kube::Conditions ours;
  for (const kube::Condition& condition : conditions) {
    if (std::ranges::find(kOurs, condition.type) == kOurs.end()) continue;
    ours.push_back(condition);
    if (next_try == NextTry::Ignored) ours.back().message = without_next_try(condition.message);
  }
  std::ranges::sort(ours, {}, &kube::Condition::type);
  return ours;
}

}  // namespace reconcilers
