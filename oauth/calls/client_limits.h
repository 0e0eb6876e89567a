// The limits of one client at one host: whether a call is running, how long the provider wants no
// calls (Retry-After), and how many sign-ins failed lately.
//
// Providers lock a client out after a few failed sign-ins. A client id is public, and everybody who
// names it spends from the same account. So failed sign-ins are counted per (host, client id), over
// all Integrations and tenants.
#pragma once

#include <deque>
#include <set>
#include <string>

#include "net/clock.h"

namespace oauth {

// One client at one host may have at most so many failed sign-ins in any such time.
inline constexpr int kFailedSignInBudget = 4;
inline constexpr std::chrono::minutes kFailedSignInWindow{10};
// No Retry-After silences a client for longer: a tenant's own behaviour may have caused it.
inline constexpr std::chrono::minutes kLongestSilence{10};

// Not thread-safe. Times are of net::Clock::steady().
class ClientLimits {
 public:
  // --- One call at a time.
  bool busy() const { return under_way_ > 0; }
  void begin() { ++under_way_; }
  void end() { --under_way_; }

  // --- Retry-After.
  void be_silent(net::SteadyTime until, net::SteadyTime now);
  // Returns when the silence ends; a past time if there is none.
  net::SteadyTime silent_until() const { return silent_until_; }
  // A person's request breaks the silence, once for each silence and tenant.
  bool may_be_broken_by(const std::string& tenant) const { return !broken_by_.contains(tenant); }
  void broken_by(const std::string& tenant) { broken_by_.insert(tenant); }

  // --- Failed sign-ins.
  void sign_ins_failed(int count, net::SteadyTime now);
  // Returns when the budget has room for `count` more; a past time if it has room now.
  net::SteadyTime room_for(int count) const;

  // Returns whether nothing is left to remember.
  bool forgettable(net::SteadyTime now) const;

 private:
  int under_way_ = 0;
  net::SteadyTime silent_until_ = net::SteadyTime::min();
  std::set<std::string> broken_by_;     // of the present silence
  std::deque<net::SteadyTime> failed_;  // the last ones, in order
};

}  // namespace oauth
