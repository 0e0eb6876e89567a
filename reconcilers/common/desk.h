// Work that a reconcile starts, the CallScheduler runs when its turn has come, and the reconcile
// caused by its result picks up. No worker ever waits for a provider.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "kube/meta.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/mutex.h"
#include "net/thrown.h"
#include "oauth/calls/call_scheduler.h"

namespace reconcilers {

// Under which key the scheduler knows a desk's work: its keys are those of all desks together.
inline std::string work_key(const std::string& desk, const std::string& uid) {
  return desk + " of " + uid;
}

// At most one piece of work, or its result, for each object (uid).
//
// Guarantees:
//  - A result is about the inputs that it is asked for by: state() for other inputs drops the work
//    and its result, and they do not come back with the inputs.
//  - `done` is called once for each piece of work that was not dropped meanwhile, after its result
//    can be had from state(). The result stays there until forget(), so a reconcile that fails
//    finds it again.
//  - A Request lives until its work has run or was dropped, and no longer.
// The caller guarantees:
//  - `inputs` stands for all that the result depends on (a hash, a generation), and holds no
//  secret.
//  - The scheduler is stopped before the desk is destroyed; it, the clock, and whatever `run` and
//    `done` refer to outlive the scheduler's work.
// Caveats:
//  - A restart of the process forgets everything.
//  - A result may be dropped by forget(), start(), other inputs or a stop, although the provider
//    gave it: `run` itself stores what must never be lost (a token that was spent for it).
//  - The work runs at some time, not soon: see CallScheduler, and State for what it waits for.
// Errors: `run` reports its own in the Result. If it throws, the log gets the exception's type
// alone, since the text may quote a secret, and `if_thrown` gives the result.
// Threads: thread-safe. `run` and `done` are called on threads of the scheduler's, without a lock.
template <class Request, class Result>
class Desk {
 public:
  // The outcome of `run`. Without a result, its inputs had changed when its turn came: the desk
  // drops the work, and calls `done` so that the object is reconciled.
  struct Answer {
    std::optional<Result> result;
    oauth::CallsMade calls;
  };
  struct Behaviour {
    std::string name;  // of the work, one for each desk: "verification"
    std::function<Answer(const std::string& uid, const Request&, std::stop_token)> run;
    std::function<Result()> if_thrown;
    std::function<void(const kube::NamespacedName&)> done;
  };
  struct Order {
    std::string inputs;
    std::string cause;         // what State gives back: a person's request, or nothing
    oauth::ProviderWork call;  // `key` and `run` are the desk's
    Request request;
  };
  // Neither running_since nor result: nothing is known.
  struct State {
    std::optional<net::SystemTime> running_since;  // since start(), also while it waits
    std::optional<Result> result;
    std::optional<net::SystemTime> answered;  // when the result came in
    std::string cause;                        // Order::cause
    // Why it waits, and when it runs at the earliest; at most one of them.
    std::optional<net::SystemTime> silent_until;    // the provider said Retry-After
    std::optional<net::SystemTime> sign_ins_until;  // too many sign-ins of this client have failed
  };

  Desk(oauth::CallScheduler& scheduler, net::Clock& clock, Behaviour behaviour)
      : scheduler_(scheduler), clock_(clock), use_(std::move(behaviour)), log_(use_.name) {}

  // Returns the state of the work on these inputs, and drops the work on other inputs of the same
  // uid.
  State state(const std::string& uid, const std::string& inputs) {
    {
      const net::MutexLock lock(mutex_);
      const auto found = entries_.find(uid);
      if (found == entries_.end()) return {};
      if (found->second.inputs == inputs) return current(uid, found->second.state);
      entries_.erase(found);
    }
    scheduler_.cancel(key_of(uid));
    return {};
  }

  // Replaces what is under way for that uid; `key` is what `done` is called with.
  void start(const std::string& uid, const kube::NamespacedName& key, Order order) {
    std::uint64_t number = 0;
    {
      const net::MutexLock lock(mutex_);
      number = ++last_number_;
      Entry& entry = entries_[uid] = {.inputs = std::move(order.inputs), .number = number};
      entry.state.running_since = clock_.now();
      entry.state.cause = std::move(order.cause);
    }
    scheduler_.cancel(key_of(uid));
    oauth::ProviderWork work = std::move(order.call);
    work.key = key_of(uid);
    work.run = [this, uid, key, number,
                request = std::make_shared<const Request>(std::move(order.request))](
                   std::stop_token stop) { return run(uid, key, number, *request, stop); };
    scheduler_.submit(std::move(work));
  }

  // Drops the result (it is in the status now), or the work, if it is for these inputs; all of it
  // without `inputs`.
  void forget(const std::string& uid, const std::optional<std::string>& inputs = std::nullopt) {
    {
      const net::MutexLock lock(mutex_);
      const auto found = entries_.find(uid);
      if (found == entries_.end() || (inputs && found->second.inputs != *inputs)) return;
      entries_.erase(found);
    }
    scheduler_.cancel(key_of(uid));
  }

 private:
  struct Entry {
    std::string inputs;
    std::uint64_t number = 0;  // of the start()
    State state = {};
  };

  std::string key_of(const std::string& uid) const { return work_key(use_.name, uid); }

  // Computes the times once for each wait: a time that is reported twice is the same to the second,
  // and no reason to write a status.
  State current(const std::string& uid, State& state) const {
    using Why = oauth::Waiting::Why;
    const auto waiting = state.running_since ? scheduler_.waiting(key_of(uid)) : std::nullopt;
    const Why why = waiting ? waiting->why : Why::Turn;
    const net::SystemTime now = clock_.now();
    const auto note = [&](std::optional<net::SystemTime>& until, Why reason) {
      if (why != reason) return until.reset();
      if (!until || *until <= now) until = now + waiting->at_least;
    };
    note(state.silent_until, Why::RetryAfter);
    note(state.sign_ins_until, Why::FailedSignIns);
    return state;
  }

  oauth::CallsMade run(const std::string& uid, const kube::NamespacedName& key,
                       std::uint64_t number, const Request& request, std::stop_token stop) {
    Answer answer = answer_to(uid, request, stop);
    const oauth::CallsMade calls = answer.calls;
    // Work that was stopped has nothing to report.
    if (stop.stop_requested()) return calls;
    const bool known =
        answer.result ? finish(uid, number, std::move(*answer.result)) : drop(uid, number);
    if (known) use_.done(key);
    return calls;
  }

  // The edge for exceptions: over a provider's text, nothing that a library throws may end the
  // process.
  Answer answer_to(const std::string& uid, const Request& request, std::stop_token stop) {
    try {
      return use_.run(uid, request, std::move(stop));
    } catch (...) {
      log_.error("the " + use_.name + " threw", {{"thrown", net::thrown_type()}});
    }
    return {.result = use_.if_thrown(), .calls = {}};
  }

  // False where it was dropped or started anew meanwhile.
  bool finish(const std::string& uid, std::uint64_t number, Result result) {
    const net::MutexLock lock(mutex_);
    const auto found = entries_.find(uid);
    if (found == entries_.end() || found->second.number != number) return false;
    State& state = found->second.state;
    state.running_since.reset();
    state.result = std::move(result);
    state.answered = clock_.now();
    return true;
  }
  bool drop(const std::string& uid, std::uint64_t number) {
    const net::MutexLock lock(mutex_);
    const auto found = entries_.find(uid);
    if (found == entries_.end() || found->second.number != number) return false;
    entries_.erase(found);
    return true;
  }

  oauth::CallScheduler& scheduler_;
  net::Clock& clock_;
  const Behaviour use_;
  const net::Logger log_;
  net::Mutex mutex_;
  std::uint64_t last_number_ NET_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Entry> entries_ NET_GUARDED_BY(mutex_);  // by uid
};

}  // namespace reconcilers
