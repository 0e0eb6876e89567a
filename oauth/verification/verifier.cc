#include "oauth/verification/verifier.h"

#include <algorithm>

#include "net/text.h"
#include "net/url.h"
#include "oauth/protocol/requests.h"
#include "oauth/verification/callback_check.h"
#include "oauth/verification/credentials_check.h"
#include "oauth/verification/exchanged.h"
#include "oauth/verification/grant_check.h"
#include "oauth/verification/messages.h"
#include "oauth/verification/probe.h"

namespace oauth {
namespace {

void take_credentials(const CredentialsFinding& finding, VerificationReport& report) {
  report.credentials = finding.outcome;
  report.credentials_message = finding.message;
  report.method = finding.method;
  report.refused_key_message = finding.refused_key_message;
  if (finding.secret != nullptr) report.secret_key = finding.secret->key;
}

void take_scopes(const CredentialsFinding& credentials, const CallbackFinding& callback,
                 const std::vector<std::string>& scopes, VerificationReport& report) {
  const ParameterSign pushed =
      credentials.pushed ? credentials.pushed->scopes : ParameterSign::Silent;
  const bool by_rule = credentials.reading && credentials.reading->scopes == ParameterSign::Refused;
  const bool by_push =
      credentials.outcome == CredentialsOutcome::Verified && traits(credentials.method).pushes;
  if (pushed == ParameterSign::Refused) {
    report.scopes = ScopesOutcome::Rejected;
    report.scopes_message = credentials.pushed->message;
  } else if (pushed == ParameterSign::Accepted && by_push) {
    report.scopes = ScopesOutcome::Accepted;
    report.scopes_message = text_of(MessageId::ScopesAccepted);
  } else if (by_rule) {
    report.scopes = ScopesOutcome::Rejected;
    report.scopes_message = credentials.reading->message;
  } else if (callback.scopes == ParameterSign::Refused) {
    report.scopes = ScopesOutcome::Rejected;
    report.scopes_message = callback.scopes_message;
  }
  if (report.scopes == ScopesOutcome::Rejected)
    report.scopes_message +=
        " " + text_quoting(MessageId::ScopesAskedFor, net::joined(scopes, ", "));
}

// Returns whether the deciding method has both controls, as far as it needs them: only then may the
// next verification omit them.
bool controls_complete(const CredentialsFinding& credentials, const CallbackFinding& callback,
                       const Provider& provider) {
  if (credentials.outcome != CredentialsOutcome::Verified || !credentials.control_made)
    return false;
  return !traits(credentials.method).pushes || !provider.check_callback ||
         callback.pushed_control_made;
}

bool is_proven_or_open(const CredentialsFinding& credentials) {
  return credentials.outcome == CredentialsOutcome::Verified ||
         credentials.outcome == CredentialsOutcome::Unverifiable;
}

bool may_be_exchanged(const VerificationRequest& request) {
  return std::any_of(request.secrets.begin(), request.secrets.end(),
                     [&](const NamedSecret& secret) {
                       return look_exchanged(request.client_id, secret.value.reveal());
                     });
}

// The authorization request has the client id in its address, and addresses get into logs. A client
// id that the provider refused may be a secret in the wrong place.
bool may_be_in_an_address(const Probe& probe, const CredentialsFinding& credentials) {
  if (probe.request().client_id_is_public) return true;
  if (credentials.outcome == CredentialsOutcome::Verified) return true;
  if (credentials.outcome == CredentialsOutcome::Rejected) return false;
  return (probe.was_let_in() || !probe.was_refused()) && !may_be_exchanged(probe.request());
}

// The credentials come first. But a code may be refused because of the callback. If the
// authorization endpoint refuses the callback, too, the credentials are checked once more.
CallbackFinding callback_of(Probe& probe, CredentialsFinding& credentials) {
  CallbackFinding not_asked;
  not_asked.message = text_of(MessageId::CallbackNotAsked);
  const bool asks_silently = may_be_in_an_address(probe, credentials);
  if (is_proven_or_open(credentials))
    return asks_silently ? check_callback(probe, credentials) : not_asked;
  const bool by_code = credentials.outcome == CredentialsOutcome::Rejected &&
                       credentials.method == Method::AuthorizationCode;
  if (!by_code || !probe.request().provider.check_callback) return not_asked;
  if (!asks_silently) {
    credentials.message += " " + text_of(MessageId::CallbackMayBeTheReason);
    return not_asked;
  }
  CallbackFinding callback = check_callback(probe, credentials);
  if (callback.outcome == CallbackOutcome::Rejected || !callback.grant_refused.empty())
    credentials = reconsider_without_code(probe, credentials);
  return is_proven_or_open(credentials) ? callback : not_asked;
}

void hint_at_exchange(const VerificationRequest& request, VerificationReport& report) {
  const bool open = report.credentials == CredentialsOutcome::Verified ||
                    report.credentials == CredentialsOutcome::Unreachable;
  if (open || !may_be_exchanged(request)) return;
  report.credentials_message += " " + text_of(MessageId::MayBeExchanged);
}

}  // namespace

const char* name_of_question(const Step& step) {
  switch (step.asked) {
    case Step::Asked::Method:
      return to_string(step.method);
    case Step::Asked::SilentAuthorization:
      return "SilentAuthorization";
  }
  return "Unknown";
}

int sign_ins_that_may_fail(const VerificationRequest& request) {
  const bool encoding_is_open =
      request.provider.basic_encoding != BasicEncoding::Raw &&
      std::any_of(request.secrets.begin(), request.secrets.end(), [&](const NamedSecret& secret) {
        return encoding_matters(request.provider, {request.client_id, secret.value});
      });
  return static_cast<int>(request.secrets.size()) + (encoding_is_open ? 1 : 0);
}

std::vector<Method> methods_to_try(const Provider& provider) {
  std::vector<Method> methods;
  for (const Method method : kMethods) {
    const bool wanted =
        provider.method == Method::Auto ? traits(method).in_auto : method == provider.method;
    const bool can_ask = traits(method).request != nullptr;
    if (wanted && can_ask && !endpoint_of(method, provider.endpoints).empty())
      methods.push_back(method);
  }
  return methods;
}

std::string host_asked(const Provider& provider) {
  const auto methods = methods_to_try(provider);
  const std::string& endpoint =
      endpoint_of(methods.empty() ? Method::Auto : methods.front(), provider.endpoints);
  const auto url = net::parse_url(endpoint);
  return url.ok() ? url->authority() : endpoint;
}

VerificationReport verify(const VerificationRequest& request, net::HttpClient& http,
                          net::Clock& clock, std::stop_token stop) {
  VerificationReport report;
  Probe probe(request, http, clock, std::move(stop));
  CredentialsFinding credentials = check_credentials(probe);
  CallbackFinding callback = callback_of(probe, credentials);
  take_credentials(credentials, report);
  if (report.credentials == CredentialsOutcome::Verified ||
      report.credentials == CredentialsOutcome::Unverifiable) {
    if (const auto grant = check_grant(probe, credentials, callback)) {
      report.credentials = grant->outcome;
      report.credentials_message += " " + grant->message;
    }
  }
  report.callback = callback.outcome;
  report.callback_message = callback.message;
  take_scopes(credentials, callback, request.scopes, report);
  report.controls_made = report.credentials == CredentialsOutcome::Verified &&
                         controls_complete(credentials, callback, request.provider);
  if (report.controls_made) report.control_answer = credentials.control_answer;
  hint_at_exchange(request, report);
  report.failed_sign_ins = probe.failed_sign_ins();
  report.retry_after = probe.retry_after();
  report.steps = probe.take_steps();
  if (!probe.cancelled()) return report;

  VerificationReport nothing;
  nothing.cancelled = true;
  nothing.credentials_message = nothing.callback_message = text_of(MessageId::Stopped);
  return nothing;
}

}  // namespace oauth
