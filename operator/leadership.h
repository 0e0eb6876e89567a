// The leader's work beside reconciling: it holds the mark of its install, loads the key that kept
// verdicts depend on, and finishes its work before another replica begins.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "kube/runtime.h"
#include "net/log.h"
#include "net/result.h"
#include "net/secret_string.h"
#include "operator/install_mark.h"

namespace op {

class Leadership {
 public:
  // `ns`: the operator's own namespace. `finish` ends the work that reconciles have started, and
  // may be called more than once. It runs after the controllers have ended and before the lease is
  // released. `runtime` outlives this.
  Leadership(kube::Runtime& runtime, std::string ns, std::function<void()> finish);

  // Runs the runtime, as Runtime::run; AlreadyExists if another install has this cluster
  // (InstallMark). Once.
  net::Status run(std::stop_token stop);

  // The key of the kept verdicts' HMAC. Valid only while this process leads.
  const net::SecretString& hash_key() const { return hash_key_; }

 private:
  net::Status load_hash_key(std::stop_token stop);

  kube::Runtime& runtime_;
  const std::string namespace_;
  const std::function<void()> finish_;
  const net::Logger log_{"operator"};
  InstallMark mark_;
  net::SecretString hash_key_;  // set before the controllers start
};

}  // namespace op
