// This operator's own part of a status, and the part of a text that changes with each check. Pure.
#pragma once

#include <string>

#include "kube/meta.h"

namespace reconcilers {

// Returns a condition's message without the sentence CommonMessage::NextCheck; without_tail() also
// leaves out CommonMessage::Unconfirmed.
std::string without_next_try(const std::string& message);
std::string without_tail(const std::string& message);

// The conditions of `conditions` that this operator writes, in one order whoever wrote them. A
// condition of another type is somebody else's, and none of our business.
enum class NextTry { Counts, Ignored };
kube::Conditions our_conditions(const kube::Conditions& conditions, NextTry next_try);

// Do two statuses of one kind say the same, as far as this operator writes them?
template <class Status>
bool same_status(Status a, Status b, NextTry next_try = NextTry::Counts) {
  a.conditions = our_conditions(a.conditions, next_try);
  b.conditions = our_conditions(b.conditions, next_try);
  return a == b;
}

}  // namespace reconcilers
