#include "oauth/calls/client_limits.h"

#include <algorithm>

namespace oauth {

// A silence that follows from breaking the last one is the same silence, and has been broken.
void ClientLimits::be_silent(net::SteadyTime until, net::SteadyTime now) {
  if (silent_until_ <= now) broken_by_.clear();
  silent_until_ = std::max(silent_until_, std::min(until, now + kLongestSilence));
}

void ClientLimits::sign_ins_failed(int count, net::SteadyTime now) {
  for (int i = 0; i < count; ++i) failed_.push_back(now);
  while (failed_.size() > kFailedSignInBudget) failed_.pop_front();
}

net::SteadyTime ClientLimits::room_for(int count) const {
  const auto wanted = static_cast<std::size_t>(std::clamp(count, 0, kFailedSignInBudget));
  const std::size_t room = kFailedSignInBudget - failed_.size();
  if (wanted <= room) return net::SteadyTime::min();
  return failed_[wanted - room - 1] + kFailedSignInWindow;
}

bool ClientLimits::forgettable(net::SteadyTime now) const {
  return under_way_ == 0 && silent_until_ <= now &&
         (failed_.empty() || failed_.back() + kFailedSignInWindow <= now);
}

}  // namespace oauth
