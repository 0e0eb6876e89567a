#include "reconcilers/common/backoff.h"

#include <algorithm>
#include <chrono>
#include <functional>

namespace reconcilers {

using std::chrono::minutes;
using std::chrono::seconds;

net::Duration spread(net::Duration duration, double by, std::string_view uid) {
  const double share = static_cast<double>(std::hash<std::string_view>{}(uid) % 1000) / 1000.0;
  return std::chrono::duration_cast<net::Duration>(duration * (1.0 + by * share));
}

net::Duration unreachable_backoff(int failures, std::string_view uid) {
  net::Duration wait = seconds{5};
  for (int i = 1; i < failures && wait < minutes{5}; ++i) wait *= 2;
  return spread(std::min<net::Duration>(wait, minutes{5}), 0.2, uid);
}

}  // namespace reconcilers
