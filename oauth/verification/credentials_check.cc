#include "oauth/verification/credentials_check.h"

#include <algorithm>
#include <map>

namespace oauth {
namespace {

constexpr const char* kWhatToDo =
    " Check the endpoints of the Offering; where you know what these answers mean, add a rule to "
    "its verification.rules; or let unproven credentials pass with verification.onUnverifiable: "
    "Allow.";

std::string nothing_to_ask(Method method) {
  if (method == Method::None) {
    return "Not proven: the Offering turns the verification of credentials off "
           "(verification.method: None).";
  }
  return std::string("Not proven: verification method ") + to_string(method) +
         " needs the Offering's " + endpoint_field(method) +
         ", which is neither discovered nor given.";
}

constexpr const char* kEnough =
    " Not asked further: more failed sign-ins might lock the client out. Name the method that "
    "tells "
    "right from wrong in the Offering's verification.method.";

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

  CredentialsFinding by_refresh_token(const CredentialsFinding& refused) {
    if (probe_.failed_sign_ins() >= kMostFailedSignIns) return refused;
    CredentialsFinding finding = refused;
    ask(Method::RefreshToken, finding);
    if (finding.outcome != CredentialsOutcome::Verified) return refused;
    finding.message += " An authorization code was refused (" + refused.code->summary +
                       "), as for a callback URL that is not registered.";
    return finding;
  }

 private:
  bool is_auto() const { return probe_.request().provider.method == Method::Auto; }

  CredentialsFinding judge(const NamedSecret& secret) {
    CredentialsFinding finding;
    finding.secret = &secret;
    std::string open;
    std::optional<CredentialsFinding> closed;
    for (const Method method : methods_) {
      if (is_known_to_prove_nothing(method)) continue;
      if (finding.reading && enough_failed()) {
        open += kEnough;
        break;
      }
      ask(method, finding);
      if (finding.outcome == CredentialsOutcome::Unreachable && stumbles(*finding.reading))
        look_behind_500(finding, open.empty());
      if (is_closed_to_it_alone(finding)) {
        closed = finding;
        finding.outcome = CredentialsOutcome::Unverifiable;
      }
      if (finding.outcome != CredentialsOutcome::Unverifiable || wants_raw_) return finding;
      if (open.find(finding.message) == std::string::npos) open += " " + finding.message;
    }
    if (closed) return *closed;
    finding.message = "Not proven." + open + kWhatToDo;
    return finding;
  }

  // RFC 9126 2.3 has unauthorized_client for clients that may not push, too. Where there is another
  // method to tell, that one decides, and users come without a push.
  bool is_closed_to_it_alone(const CredentialsFinding& finding) const {
    return finding.outcome == CredentialsOutcome::GrantNotAllowed &&
           traits(finding.method).pushes && methods_.back() != finding.method;
  }

  // It stumbles over what nobody issued, perhaps, and that is no reason to wait: it has answered
  // other questions, or refuses a made-up secret.
  void look_behind_500(CredentialsFinding& finding, bool is_first) {
    if (!is_first) {
      finding.outcome = CredentialsOutcome::Unverifiable;
      return;
    }
    if (probe_.request().control || enough_failed()) return;
    const Reading made_up = control(finding);
    if (made_up.credentials != CredentialsSign::Refused) return;
    finding.outcome = CredentialsOutcome::Unverifiable;
    finding.message = endpoint_name(finding.method) + " answered " + finding.reading->summary +
                      ", and refused a made-up secret (" + made_up.summary +
                      "). Where that is its way to answer a client that it lets in, add a rule to "
                      "verification.rules: httpStatus 500, subject Credentials, verdict Verified.";
  }

  // No outage: it fails at what it was asked, each time.
  static bool stumbles(const Reading& reading) {
    return reading.http_status == 500 && reading.rule == 0;
  }
  Reading counted(Reading reading) {
    if (is_failed_sign_in(reading)) probe_.count_failed_sign_in();
    return reading;
  }
  bool enough_failed() const { return probe_.failed_sign_ins() >= kMostFailedSignIns; }

  // Of the methods before the one that was controlled earlier, the pushed request alone is asked
  // again: it may tell of the callback and the scopes, whatever it thinks of the secret.
  bool is_known_to_prove_nothing(Method method) const {
    return was_tried_before_controlled(method) && !traits(method).pushes;
  }
  bool was_tried_before_controlled(Method method) const {
    const auto& control = probe_.request().control;
    if (!control) return false;
    const auto at = std::find(methods_.begin(), methods_.end(), control->method);
    return at != methods_.end() && std::find(methods_.begin(), at, method) != at;
  }

  void ask(Method method, CredentialsFinding& finding) {
    const Reading reading = counted(probe_.ask(method, *finding.secret));
    finding.method = method;
    finding.reading = reading;
    if (method == Method::AuthorizationCode) finding.code = reading;
    if (traits(method).pushes) finding.pushed = reading;
    const bool open = reading.credentials == CredentialsSign::Accepted ||
                      reading.credentials == CredentialsSign::RefusedOrNotAllowed;
    if (open && was_tried_before_controlled(method)) {
      finding.message =
          reading.message + " It did not tell secrets apart when that was last tried.";
    } else if (reading.credentials == CredentialsSign::Accepted) {
      confirm(reading, finding);
    } else if (reading.credentials == CredentialsSign::RefusedOrNotAllowed) {
      tell_apart(reading, finding);
    } else if (is_refused_like_the_control(reading, method)) {
      finding.message = reading.message + " It let this client in earlier, and does not now.";
      refuse(finding);
    } else {
      take(reading, finding);
    }
    if (reading.credentials == CredentialsSign::Refused) doubt_encoding(finding);
    const bool rejected = finding.outcome == CredentialsOutcome::Rejected;
    if (rejected && traits(method).issues_token) doubt_grant(finding);
  }

  // Some servers say invalid_client to a good client that may not ask for tokens of its own.
  void doubt_grant(CredentialsFinding& finding) {
    if (enough_failed()) {
      finding.outcome = CredentialsOutcome::Unverifiable;
      finding.message += kEnough;
      return;
    }
    const Reading code = counted(probe_.ask(Method::AuthorizationCode, *finding.secret));
    if (code.credentials == CredentialsSign::Refused) return;
    finding.outcome = CredentialsOutcome::Unverifiable;
    finding.message += " It was answered " + code.summary +
                       " to an authorization code, so this may hold for client credentials alone: "
                       "name another method in the Offering's verification.method.";
  }

  // Many providers do not decode what RFC 6749 2.3.1 encodes, and refuse the right secret for it.
  // What the Offering says is not overruled, but a person is told to mend it.
  void doubt_encoding(CredentialsFinding& finding) {
    const VerificationRequest& request = probe_.request();
    if (request.provider.basic_encoding == BasicEncoding::Raw ||
        !encoding_matters(request.provider, {request.client_id, finding.secret->value})) {
      return;
    }
    if (enough_failed()) return leave_encoding_open(finding);
    raw_was_asked_ = true;
    const Reading raw = counted(probe_.ask_unencoded(finding.method, *finding.secret));
    if (raw.credentials == CredentialsSign::Unreachable && !stumbles(raw)) {
      finding.outcome = CredentialsOutcome::Unreachable;
      finding.message += " Whether it wants them unencoded is still to be asked. " + raw.message;
    }
    if (raw.credentials != CredentialsSign::Accepted || !tells_raw_apart(raw, finding)) return;
    wants_raw_ = true;
    finding.outcome = CredentialsOutcome::Unverifiable;
    finding.message = "Not proven. " + endpoint_name(finding.method) +
                      " refuses the credentials as RFC 6749 2.3.1 has them encoded, and lets them "
                      "in as they are (" +
                      raw.summary + "). Set the Offering's basicEncoding to Raw.";
  }

  // A server that decodes may stumble over what was not encoded, and blame the request (Spring
  // Authorization Server): it does so whatever the secret.
  bool tells_raw_apart(const Reading& raw, const CredentialsFinding& finding) {
    if (enough_failed()) return true;
    const Reading made_up =
        counted(probe_.ask_unencoded_with_made_up_secret(finding.method, *finding.secret));
    return made_up.credentials != CredentialsSign::Accepted || made_up.summary != raw.summary;
  }

  // Where this client was let in before, or another of its secrets was refused either way, the
  // refusal is believed.
  void leave_encoding_open(CredentialsFinding& finding) const {
    constexpr const char* kHint =
        " If they are right, set the Offering's basicEncoding to Raw: some providers do not decode "
        "what RFC 6749 2.3.1 has encoded, and more failed sign-ins, to ask whether this is one, "
        "might lock the client out.";
    finding.message += kHint;
    if (finding.outcome == CredentialsOutcome::Rejected && !probe_.request().control &&
        !raw_was_asked_) {
      finding.outcome = CredentialsOutcome::Unverifiable;
      finding.message = "Not proven. " + finding.message;
    }
  }

  // A 401 was taken for the refusal of a made-up secret: the same is one of the client's own, too.
  // Another one may be the page of a gateway.
  bool is_refused_like_the_control(const Reading& reading, Method method) const {
    return probe_.was_controlled(method) && reading.rule == 0 &&
           reading.credentials == CredentialsSign::Unclear && reading.http_status == 401 &&
           reading.summary == probe_.request().control->answer;
  }

  void take(const Reading& reading, CredentialsFinding& finding) {
    finding.message = reading.message;
    switch (reading.credentials) {
      case CredentialsSign::Refused:
        refuse(finding);
        break;
      case CredentialsSign::GrantNotAllowed:
        finding.outcome = CredentialsOutcome::GrantNotAllowed;
        break;
      case CredentialsSign::Unreachable:
        finding.outcome = CredentialsOutcome::Unreachable;
        break;
      default:
        finding.outcome = CredentialsOutcome::Unverifiable;
        break;
    }
  }

  // What is not a part of the flow may be closed to a good client: public clients have nothing to
  // revoke with, and introspection is for resource servers at some providers. Such a refusal
  // decides only where the Offering names the method.
  void refuse(CredentialsFinding& finding) {
    looks_at_secret_[finding.method] = true;
    refusal_ = finding.reading->summary;
    if (!is_auto() || !traits(finding.method).beside_the_flow) {
      finding.outcome = CredentialsOutcome::Rejected;
      return;
    }
    finding.message += std::string(
                           " That may hold for this endpoint alone; where it is telling, "
                           "set the Offering's verification.method to ") +
                       to_string(finding.method) + ".";
  }

  // An Accepted sign is believed only of a method that was seen to refuse another secret: earlier
  // with the same inputs, a moment ago with one of the client's own, or now with a made-up one.
  void confirm(const Reading& reading, CredentialsFinding& finding) {
    const std::string let_in =
        endpoint_name(finding.method) + " let the client in (" + reading.summary + ")";
    if (probe_.was_controlled(finding.method)) {
      finding.outcome = CredentialsOutcome::Verified;
      finding.message = let_in + ", and refused a made-up secret when that was last tried.";
      return;
    }
    const auto known = looks_at_secret_.find(finding.method);
    if (known == looks_at_secret_.end()) {
      make_control(let_in, reading, finding);
    } else if (known->second) {
      finding.outcome = CredentialsOutcome::Verified;
      finding.control_made = true;
      finding.control_answer = refusal_;
      finding.message = let_in + ", and refused another secret.";
    } else {
      finding.message = let_in + ", as it did with a made-up secret: it proves nothing.";
    }
  }

  Reading control(const CredentialsFinding& finding) {
    Reading reading = probe_.ask_with_made_up_secret(finding.method, *finding.secret);
    if (reading.credentials != CredentialsSign::Accepted) probe_.count_failed_sign_in();
    return reading;
  }

  // The same request with a secret that cannot be right.
  void make_control(const std::string& let_in, const Reading& reading,
                    CredentialsFinding& finding) {
    if (enough_failed()) {
      finding.message = let_in + ", but no control was made." + kEnough;
      return;
    }
    const Reading made_up = control(finding);
    if (made_up.credentials == CredentialsSign::Unreachable) {
      finding.outcome = CredentialsOutcome::Unreachable;
      finding.message = let_in + ", but the control with a made-up secret is still to be made. " +
                        made_up.message;
      return;
    }
    if (refuses_control(reading, made_up)) {
      finding.outcome = CredentialsOutcome::Verified;
      finding.control_made = true;
      finding.control_answer = made_up.summary;
      finding.message = let_in + ", and refused a made-up secret (" + made_up.summary + ").";
    } else if (made_up.credentials == CredentialsSign::Accepted &&
               made_up.summary != reading.summary) {
      finding.message = let_in + ", and a made-up secret was answered otherwise (" +
                        made_up.summary +
                        "), but not refused by name. Where that is how this provider refuses "
                        "clients, add a rule for it to verification.rules: subject Credentials, "
                        "verdict Rejected.";
    } else if (made_up.credentials == CredentialsSign::Accepted) {
      finding.message = let_in + ", but with a made-up secret, too (" + made_up.summary +
                        "): it does not look at the secret, so it proves nothing.";
    } else {
      finding.message = let_in + ", but a made-up secret was not clearly refused (" +
                        made_up.summary + "), so it proves nothing.";
    }
    looks_at_secret_[finding.method] = finding.control_made;
  }

  // A refusal that a client without this grant gets, too: a made-up secret that is refused in other
  // words tells that this client was let in. Two equal refusals are a refusal.
  void tell_apart(const Reading& reading, CredentialsFinding& finding) {
    finding.message = reading.message;
    if (enough_failed()) return refuse(finding);
    const Reading made_up = control(finding);
    if (made_up.credentials == CredentialsSign::RefusedOrNotAllowed) return refuse(finding);
    if (made_up.credentials == CredentialsSign::Unreachable) {
      finding.outcome = CredentialsOutcome::Unreachable;
      finding.message +=
          " The control with a made-up secret is still to be made. " + made_up.message;
    } else if (made_up.credentials == CredentialsSign::Refused) {
      let_in_without_grant(reading, made_up, finding);
    } else {
      finding.message +=
          " A made-up secret was answered " + made_up.summary + ", so it proves nothing.";
    }
  }

  void let_in_without_grant(const Reading& reading, const Reading& made_up,
                            CredentialsFinding& finding) {
    const std::string let_in = endpoint_name(finding.method) + " let the client in (" +
                               reading.summary + "), and refused a made-up secret (" +
                               made_up.summary + ")";
    const bool code_grant = traits(finding.method).code_grant;
    finding.outcome =
        code_grant ? CredentialsOutcome::GrantNotAllowed : CredentialsOutcome::Verified;
    finding.control_made = !code_grant;
    finding.control_answer = made_up.summary;
    finding.message = let_in + (code_grant ? ", but this client may not use the authorization code "
                                             "grant. Allow it in the provider's app settings."
                                           : ".");
  }

  Probe& probe_;
  const std::vector<Method> methods_ = methods_to_try(probe_.request().provider);
  std::map<Method, bool> looks_at_secret_;  // what this check has seen
  std::string refusal_;  // what the client's own secret that was refused last was answered
  bool wants_raw_ = false;
  bool raw_was_asked_ = false;
};

}  // namespace

CredentialsFinding check_credentials(Probe& probe) {
  const Provider& provider = probe.request().provider;
  if (!methods_to_try(provider).empty()) return CredentialsCheck(probe).run();
  CredentialsFinding finding;
  finding.method = provider.method;
  finding.message = nothing_to_ask(provider.method);
  return finding;
}

CredentialsFinding reconsider_without_code(Probe& probe, const CredentialsFinding& refused) {
  return CredentialsCheck(probe).by_refresh_token(refused);
}

}  // namespace oauth
