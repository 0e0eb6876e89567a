#include "oauth/verification/callback_check.h"

#include "oauth/protocol/answer_kinds.h"
#include "oauth/verification/messages.h"

namespace oauth {
namespace {

class CallbackCheck {
 public:
  CallbackCheck(Probe& probe, const CredentialsFinding& credentials)
      : probe_(probe), credentials_(credentials) {}

  CallbackFinding run() {
    if (!told_by_rule() && !ask_by_push()) ask_silently();
    return std::move(finding_);
  }

 private:
  const std::string& redirect_uri() const { return probe_.request().redirect_uri; }

  // Some token endpoints check the callback before the code (Webex); only a rule knows that.
  bool told_by_rule() {
    const auto& reading = credentials_.reading;
    return reading && reading->rule != 0 && reading->callback == ParameterSign::Refused &&
           reject(reading->message);
  }

  // Returns true if that settles it.
  bool ask_by_push() {
    if (!credentials_.pushed || credentials_.pushed->credentials != CredentialsSign::Accepted) {
      return false;
    }
    Reading reading = *credentials_.pushed;
    std::vector<std::string> scopes = probe_.request().scopes;
    if (reading.scopes == ParameterSign::Refused && reading.callback == ParameterSign::Silent) {
      // Servers check the scopes first and stop there. Without scopes they check the callback.
      scopes.clear();
      reading = probe_.push(*credentials_.secret, redirect_uri(), scopes);
    }
    if (reading.credentials == CredentialsSign::Unreachable) return no_answer(reading.message);
    if (reading.callback == ParameterSign::Refused) {
      finding_.pushed_control_made = true;  // it was ours, but the server refused it
      return reject(reading.message);
    }
    return reading.callback == ParameterSign::Accepted && confirm_push(reading, scopes);
  }

  // RFC 9126 2.4 lets a server accept unregistered callbacks from an authenticated client:
  // acceptance proves something only if the server refuses another callback.
  bool confirm_push(const Reading& reading, const std::vector<std::string>& scopes) {
    MessageFacts facts;
    facts.method = Method::PushedAuthorizationRequest;
    facts.own = reading;
    if (credentials_.outcome == CredentialsOutcome::Verified &&
        traits(credentials_.method).pushes && probe_.was_controlled(credentials_.method)) {
      return accept(text_of(MessageId::PushedCallbackAcceptedEarlier, facts));
    }
    const Reading control = facts.control =
        probe_.push(*credentials_.secret, made_up_redirect_uri(redirect_uri()), scopes);
    if (control.credentials == CredentialsSign::Unreachable) return no_answer(control.message);
    if (control.callback == ParameterSign::Refused) {
      finding_.pushed_control_made = true;
      return accept(text_of(MessageId::PushedCallbackAccepted, facts));
    }
    push_takes_ours_ = true;
    open_ = text_of(MessageId::PushedCallbackNotRefused, facts) + " ";
    return false;
  }

  void ask_silently() {
    if (probe_.request().provider.endpoints.authorization.empty()) {
      open_ += text_of(MessageId::NoAuthorizationEndpoint);
      return leave_open();
    }
    const auto ours = probe_.ask_silently(redirect_uri());
    if (!ours.ok()) return no_silent_answer(ours.error());
    const std::string made_up_uri = made_up_redirect_uri(redirect_uri());
    const auto made_up = probe_.ask_silently(made_up_uri);
    if (!made_up.ok()) return no_silent_answer(made_up.error());

    const Provider& provider = probe_.request().provider;
    const CallbackReading reading =
        classify_callback(*ours, redirect_uri(), *made_up, made_up_uri, provider.rules,
                          provider.endpoints.authorization);
    probe_.conclude_silent("callback " + std::string(to_string(reading.sign)));
    finding_.scopes = reading.scopes;
    finding_.grant_refused = reading.grant_refused;
    // After an accepted push, users use a push: a server may accept nothing else (RFC 9126 4).
    if (finding_.grant_refused.empty() && !reading.error.empty() && !push_takes_ours_)
      ask_as_users_would(reading.error);
    if (reading.scopes == ParameterSign::Refused)
      finding_.scopes_message = text_of(MessageId::ScopesRefused);
    take(reading);
  }

  // An error that prompt=none does not explain may still be about prompt=none, which plain OAuth
  // servers do not know. If it also comes without prompt=none, users would get it.
  void ask_as_users_would(const std::string& error) {
    const auto answer = probe_.ask_without_silence(redirect_uri());
    if (!answer.ok() || location_parameter(answer->location, "error") != error) return;
    finding_.grant_refused = told_with_error(*answer);
  }

  void take(const CallbackReading& reading) {
    switch (reading.sign) {
      case CallbackSign::Accepted:
        accept(reading.message);
        break;
      case CallbackSign::Unreachable:
        no_answer(reading.message);
        break;
      case CallbackSign::NotCheckable:
        open_ += reading.message;
        leave_open();
        break;
      case CallbackSign::Refused:
        if (!push_takes_ours_) {
          reject(reading.message);
          break;
        }
        // Users would use a pushed request, and the server accepts it: no reason to reject.
        open_ += reading.message + " " + text_of(MessageId::CallbackContradiction);
        leave_open();
        break;
    }
  }

  bool accept(std::string message) {
    finding_.outcome = CallbackOutcome::Accepted;
    finding_.message = std::move(message);
    return true;
  }

  bool reject(const std::string& message) {
    finding_.outcome = CallbackOutcome::Rejected;
    finding_.message = message + " " + text_quoting(MessageId::RegisterCallback, redirect_uri());
    return true;
  }

  bool no_answer(const std::string& message) {
    finding_.outcome = CallbackOutcome::Unknown;
    finding_.message = message;
    return true;
  }

  void no_silent_answer(const net::Error& error) {
    const Reading reading = classify(error);
    const std::string message = "The authorization endpoint gave " + reading.message;
    if (reading.credentials == CredentialsSign::Unreachable) {
      no_answer(message);
    } else {
      open_ += message;
      leave_open();
    }
  }

  void leave_open() {
    finding_.outcome = CallbackOutcome::NotCheckable;
    finding_.message = open_ + " " + text_quoting(MessageId::MakeSureOfCallback, redirect_uri());
  }

  Probe& probe_;
  const CredentialsFinding& credentials_;
  CallbackFinding finding_;
  std::string open_;              // why the pushed request did not decide
  bool push_takes_ours_ = false;  // and perhaps accepts any other
};

}  // namespace

CallbackFinding check_callback(Probe& probe, const CredentialsFinding& credentials) {
  if (probe.request().provider.check_callback) return CallbackCheck(probe, credentials).run();
  CallbackFinding finding;
  finding.outcome = CallbackOutcome::NotCheckable;
  finding.message = text_of(MessageId::CallbackCheckOff) + " " +
                    text_quoting(MessageId::MakeSureOfCallback, probe.request().redirect_uri);
  return finding;
}

}  // namespace oauth
