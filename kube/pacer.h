// How soon to take up the changes of an object: at once, unless it changes again and again.
#pragma once

#include <list>
#include <unordered_map>

#include "kube/meta.h"
#include "net/clock.h"
#include "net/mutex.h"

namespace kube {

struct PacerOptions {
  int at_once = 10;  // changes in a row that are taken up at once: a person's edits, a deployment's
  net::Duration first_delay = std::chrono::seconds{1};  // of the next one; doubling
  net::Duration longest_delay = std::chrono::seconds{10};
  net::Duration quiet =
      std::chrono::minutes{1};  // after so long without a change, all is forgotten
};

// Thread-safe. Remembers each object that changed, until it was quiet. For objects that concern
// many others: one write would otherwise become work for all of them, as often as somebody likes.
class Pacer {
 public:
  explicit Pacer(net::Clock& clock = net::system_clock(), PacerOptions options = {});
  // It changed just now: how long that is left alone.
  net::Duration delay(const NamespacedName& name);
  std::size_t remembered() const;

 private:
  struct Changed {
    NamespacedName name;
    int in_a_row = 0;
    net::SteadyTime last;
  };
  void forget_quiet(net::SteadyTime now) NET_REQUIRES(mutex_);

  net::Clock& clock_;
  const PacerOptions options_;
  mutable net::Mutex mutex_;
  // The one that has been quiet for the longest is the first.
  std::list<Changed> by_age_ NET_GUARDED_BY(mutex_);
  std::unordered_map<NamespacedName, std::list<Changed>::iterator> by_name_ NET_GUARDED_BY(mutex_);
};

}  // namespace kube
