// Limits a cluster to one install: a second install finds the first by its mark.
//
// The mark is a Lease with a fixed name in kube-system, whose holder is the namespace of the
// install. All replicas of an install share it; the leader writes it. It is in kube-system, since
// the writers of Leases in its namespace could keep every operator from starting, and many people
// have the right `edit` in `default`.
//
// Guarantees
// - Until the mark is this install's, the operator writes nothing and calls no provider.
// - Two installs do not both hold it: they take it under its resourceVersion.
// - An install that crashed blocks another one for a minute, a stopped one for ten seconds. Clocks
//   of other machines are not compared: a mark has expired when this process has seen it unchanged
//   for its whole duration.
// Caveats
// - Without the right to it, the operator logs that, checks nothing and goes on.
// - The mark is no lock: an install that was stopped (SIGSTOP) for a minute learns of its loss at
//   its next renewal.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "kube/client.h"
#include "kube/core.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/result.h"

namespace op {

inline constexpr const char* kMarkNamespace = "kube-system";
inline constexpr const char* kMarkName = "integration-operator-install";

class InstallMark {
 public:
  // `install`: the operator's own namespace. `client` and `clock` outlive it.
  InstallMark(kube::Client& client, std::string install, net::Clock& clock);
  ~InstallMark();  // does not release the mark: see release()

  // Returns ok if no other install has the mark, if the right to read it is missing, or after a
  // stop. AlreadyExists: another install renews it; the message names its namespace and the remedy.
  // While it is unknown whether the mark's holder still runs, it waits: at most a minute. Only
  // reads.
  net::Status await_free(std::stop_token stop);

  // Takes the mark, and renews it each ten seconds on a thread of its own until release() or
  // `stop`. AlreadyExists as above. That thread calls `lost` if another install has taken the mark.
  net::Status hold(std::stop_token stop, std::function<void(const net::Error&)> lost);

  // Ends the renewal and lets the mark expire in ten seconds, unless another replica renews it.
  void release();

 private:
  enum class Take { Done, Retry, Taken };

  net::Result<kube::Lease> read(std::stop_token stop);
  Take take(std::chrono::seconds duration, std::stop_token stop);
  bool expired(const kube::Lease& mark);
  bool is_anothers(const kube::Lease& mark) const;
  void note(const char* what, const net::Error& error);
  void renew(std::stop_token stop, const std::function<void(const net::Error&)>& lost);
  net::Error taken_by_another() const;

  kube::Client& client_;
  const std::string install_;
  net::Clock& clock_;
  const net::Logger log_;
  kube::Lease seen_;  // the mark as last seen, and since when
  net::SteadyTime seen_since_;
  std::optional<net::ErrorCode> failing_;
  std::jthread renewal_;
};

}  // namespace op
