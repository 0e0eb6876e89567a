#include "reconcilers/common/status_text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "api/conditions.h"

namespace reconcilers {

namespace {

namespace condition = api::condition;

// Where the sentences begin that change while the rest of a message stays.
constexpr std::array<std::string_view, 2> kNextTry = {" Next check ", " Next try "};
constexpr std::string_view kUnconfirmed = " Unconfirmed since ";

constexpr std::array<std::string_view, 9> kOurs = {condition::ready,
                                                   condition::reconciling,
                                                   condition::stalled,
                                                   condition::discovered,
                                                   condition::offering_available,
                                                   condition::scopes_valid,
                                                   condition::credentials_present,
                                                   condition::credentials_verified,
                                                   condition::callback_registered};

}  // namespace

std::string without_next_try(const std::string& message) {
  std::size_t end = message.size();
  for (const std::string_view tail : kNextTry) end = std::min(end, message.find(tail));
  return message.substr(0, end);
}

std::string without_tail(const std::string& message) {
  const std::string rest = without_next_try(message);
  return rest.substr(0, rest.find(kUnconfirmed));
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
