// An Event that a decision asks for; the StatusWriter records it.
#pragma once

#include <string>

#include "kube/events.h"

namespace reconcilers {

struct EventIntent {
  kube::EventType type = kube::EventType::Normal;
  std::string reason;
  std::string note;
};

}  // namespace reconcilers
