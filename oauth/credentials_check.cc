#include "oauth/credentials_check.h"

#include <map>

namespace oauth {
namespace {

constexpr const char* kWhatToDo =
    " Check the endpoints of the Offering; where you know what these answers mean, add a rule to "
    "its verification.rules; or let unproven credentials pass with verification.onUnverifiable: "
    "Allow.";

bool is_offered(Method method) {
  return method == Method::PushedAuthorizationRequest || method == Method::AuthorizationCode;
}

const char* endpoint_field(Method method) {
  switch (method) {
    case Method::PushedAuthorizationRequest:
      return "endpoints.pushedAuthorizationRequest";
    case Method::Introspection:
      return "endpoints.introspection";
    case Method::Revocation:
      return "endpoints.revocation";
    default:
      return "endpoints.token";
  }
}

std::string nothing_to_ask(Method method) {
  if (method == Method::None) {
    return "Not proven: the Offering turns the verification of credentials off "
           "(verification.method: None).";
  }
  return std::string("Not proven: verification method ") + to_string(method) +
         " needs the Offering's " + endpoint_field(method) +
         ", which is neither discovered nor given.";
}

std::string not_offered(Method method) {
  return std::string("Not proven: this version does not offer verification method ") +
         to_string(method) +
         " yet. Set the Offering's verification.method to Auto, PushedAuthorizationRequest or "
         "AuthorizationCode.";
}

class CredentialsCheck {
 public:
  explicit CredentialsCheck(Probe& probe) : probe_(probe) {}

  // The first secret that is not refused decides.
  CredentialsFinding run() {
    std::string refusals;
    CredentialsFinding finding;
    for (const NamedSecret& secret : probe_.request().secrets) {
      finding = judge(secret);
      if (finding.outcome != CredentialsOutcome::Rejected) {
        if (finding.outcome == CredentialsOutcome::Verified) finding.refused_key_message = refusals;
        return finding;
      }
      if (!refusals.empty()) refusals += ' ';
      refusals += secret.key + ": " + finding.message;
    }
    if (probe_.request().secrets.size() > 1) {
      finding.message = "None of the secrets is accepted. " + refusals;
    }
    return finding;
  }

 private:
  CredentialsFinding judge(const NamedSecret& secret) {
    CredentialsFinding finding;
    finding.secret = &secret;
    std::string open;
    for (const Method method : methods_to_try(probe_.request().provider)) {
      const Reading reading = probe_.ask(method, secret.value);
      finding.method = method;
      if (method == Method::PushedAuthorizationRequest) finding.pushed = reading;
      if (reading.credentials == CredentialsSign::Accepted) {
        confirm(reading, finding);
      } else {
        take(reading, finding);
      }
      if (finding.outcome != CredentialsOutcome::Unverifiable) return finding;
      open += " " + finding.message;
    }
    finding.message = "Not proven." + open + kWhatToDo;
    return finding;
  }

  void take(const Reading& reading, CredentialsFinding& finding) {
    finding.message = reading.message;
    switch (reading.credentials) {
      case CredentialsSign::Refused:
        finding.outcome = CredentialsOutcome::Rejected;
        looks_at_secret_[finding.method] = true;
        break;
      case CredentialsSign::GrantNotAllowed:
        finding.outcome = CredentialsOutcome::GrantNotAllowed;
        break;
      case CredentialsSign::Unreachable:
        finding.outcome = CredentialsOutcome::Unreachable;
        break;
      case CredentialsSign::Accepted:
      case CredentialsSign::Unclear:
        finding.outcome = CredentialsOutcome::Unverifiable;
        break;
    }
  }

  // An Accepted sign is believed only of a method that was seen to refuse another secret: earlier
  // with the same inputs, a moment ago with one of the client's own, or now with a made-up one.
  void confirm(const Reading& reading, CredentialsFinding& finding) {
    const std::string let_in =
        endpoint_name(finding.method) + " let the client in (" + reading.summary + ")";
    if (probe_.request().controlled_method == finding.method) {
      finding.outcome = CredentialsOutcome::Verified;
      finding.message = let_in + ", and refused a made-up secret when that was last tried.";
      return;
    }
    const auto known = looks_at_secret_.find(finding.method);
    if (known == looks_at_secret_.end()) {
      make_control(let_in, *finding.secret, finding);
    } else if (known->second) {
      finding.outcome = CredentialsOutcome::Verified;
      finding.control_made = true;
      finding.message = let_in + ", and refused another secret.";
    } else {
      finding.message = let_in + ", as it did with a made-up secret: it proves nothing.";
    }
  }

  // The same request with a secret that cannot be right.
  void make_control(const std::string& let_in, const NamedSecret& secret,
                    CredentialsFinding& finding) {
    const Reading control = probe_.ask(finding.method, made_up_secret(secret.value));
    if (control.credentials == CredentialsSign::Refused) {
      finding.outcome = CredentialsOutcome::Verified;
      finding.control_made = true;
      finding.message = let_in + ", and refused a made-up secret (" + control.summary + ").";
    } else if (control.credentials == CredentialsSign::Unreachable) {
      finding.outcome = CredentialsOutcome::Unreachable;
      finding.message = let_in + ", but the control with a made-up secret is still to be made. " +
                        control.message;
      return;
    } else if (control.credentials == CredentialsSign::Accepted) {
      finding.message = let_in + ", but with a made-up secret, too (" + control.summary +
                        "): it does not look at the secret, so it proves nothing.";
    } else {
      finding.message = let_in + ", but a made-up secret was not clearly refused (" +
                        control.summary + "), so it proves nothing.";
    }
    looks_at_secret_[finding.method] = finding.control_made;
  }

  Probe& probe_;
  std::map<Method, bool> looks_at_secret_;  // what this check has seen
};

}  // namespace

CredentialsFinding check_credentials(Probe& probe) {
  const Provider& provider = probe.request().provider;
  const std::vector<Method> methods = methods_to_try(provider);
  CredentialsFinding finding;
  finding.method = methods.empty() ? provider.method : methods.front();
  if (methods.empty()) {
    finding.message = nothing_to_ask(provider.method);
  } else if (!is_offered(methods.front())) {
    finding.message = not_offered(methods.front());
  } else {
    return CredentialsCheck(probe).run();
  }
  return finding;
}

}  // namespace oauth
