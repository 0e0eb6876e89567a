#include "oauth/verification/classify.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "oauth/protocol/answer_kinds.h"
#include "oauth/protocol/rules.h"
#include "oauth/verification/messages.h"
#include "oauth/verification/wording.h"

namespace oauth {
namespace {

// An error about the request, not about the client. A server may send it before it checks the
// client: only the control shows that.
bool is_about_the_request(Method method, const Answer& answer) {
  const std::string& error = answer.error;
  if (refuses_grant(error, words_of(answer)) && error != "invalid_grant")
    return !traits(method).code_grant;
  if (error == "invalid_request") return !speaks_of_authentication(answer);
  if (error == "invalid_token" || error == "unsupported_token_type") {
    return traits(method).beside_the_flow && answer.http_status != 401;
  }
  return error == "invalid_grant" || error == "invalid_scope" || error == "invalid_target" ||
         names_redirect_uri(error);
}

Reading reading(CredentialsSign sign, const Answer& answer, MessageId id,
                const MessageFacts& facts = {}) {
  Reading result;
  result.credentials = sign;
  result.summary = answer.summary();
  result.http_status = answer.http_status;
  result.message = told(answer) + ": " + text_of(id, facts);
  return result;
}

Reading reading(CredentialsSign sign, const Answer& answer, MessageId id, Method method) {
  MessageFacts facts;
  facts.method = method;
  return reading(sign, answer, id, facts);
}

Reading refused(const Answer& answer) {
  return reading(CredentialsSign::Refused, answer, MessageId::ReadRefused);
}

Reading grant_not_allowed(const Answer& answer) {
  // Some send the error alone, without a word about grants, to clients that they do not know.
  const bool in_words = speaks_of_grants(words_of(answer));
  return reading(
      CredentialsSign::GrantNotAllowed, answer,
      in_words ? MessageId::ReadGrantNotAllowed : MessageId::ReadGrantNotAllowedOrUnknown);
}

Reading accepted(const Answer& answer, MessageId id) {
  return reading(CredentialsSign::Accepted, answer, id);
}

// Clear for the code grant alone: for another grant, the error may mean that grant.
Reading grant_off(Method method, const Answer& answer) {
  if (traits(method).code_grant) return grant_not_allowed(answer);
  return accepted(answer, MessageId::ReadNotThisGrant);
}

Reading unclear_error(const Answer& answer) {
  return reading(CredentialsSign::Unclear, answer, MessageId::ReadUnclear);
}

// RFC 6749 5.2 has 401 for failed authentication alone, and Keycloak follows it; Doorkeeper also
// answers 401 to clients that may not use the grant.
Reading unauthorized(Method method, const Answer& answer) {
  if (blames_the_credentials(answer)) return refused(answer);
  // Keycloak: "Unexpected error when authenticating client".
  const bool of_authentication =
      speaks_of_authenticating(answer) && !speaks_of_grants(words_of(answer));
  if (answer.http_status != 401)
    return of_authentication ? unclear_error(answer) : grant_off(method, answer);
  return reading(CredentialsSign::RefusedOrNotAllowed, answer, MessageId::ReadRefusedOrNotAllowed);
}

Reading other_style_wanted(const Answer& answer) {
  return reading(CredentialsSign::Unclear, answer, MessageId::ReadOtherStyle);
}

Reading passing(const Answer& answer) {
  return reading(CredentialsSign::Unreachable, answer, MessageId::ReadPassing);
}

Reading not_such_an_endpoint(Method method, const Answer& answer) {
  if (answer.http_status == 401)
    return reading(CredentialsSign::Unclear, answer, MessageId::ReadUnexplained401, method);
  // JSON of another shape may be a provider's own way to answer (HubSpot: {"status": …}).
  return reading(
      CredentialsSign::Unclear, answer,
      answer.is_json ? MessageId::ReadNotSuchAnEndpointButJson : MessageId::ReadNotSuchAnEndpoint,
      method);
}

Reading pushed_success(const Answer& answer) {
  Reading result = accepted(answer, MessageId::ReadPushed);
  result.callback = ParameterSign::Accepted;
  result.scopes = ParameterSign::Accepted;
  return result;
}

Reading pushed_scope_refused(const Answer& answer) {
  // oidc-provider names the scope in a separate member.
  const std::string scope = printable(net::string_member(answer.json, "scope"));
  MessageFacts facts;
  if (!scope.empty()) facts.quoted = " (" + scope + ")";
  Reading result = reading(CredentialsSign::Accepted, answer, MessageId::ReadScopesRefused, facts);
  result.scopes = ParameterSign::Refused;
  return result;
}

Reading pushed_callback_refused(const Answer& answer) {
  Reading result = accepted(answer, MessageId::ReadCallbackRefused);
  result.callback = ParameterSign::Refused;
  return result;
}

Reading read_pushed(Method method, const Answer& answer) {
  // An error about the request is unclear here: unlike a made-up code, users would send it so.
  if (answer.http_status == 401) return unclear_error(answer);
  const bool created = answer.http_status == 201 || answer.http_status == 200;
  if (answer.error.empty() && created && !net::string_member(answer.json, "request_uri").empty()) {
    return pushed_success(answer);
  }
  if (answer.error.empty()) return not_such_an_endpoint(method, answer);
  if (answer.error == "invalid_scope") return pushed_scope_refused(answer);
  if (names_redirect_uri(answer.error) || names_redirect_uri(words_of(answer))) {
    return pushed_callback_refused(answer);
  }
  return unclear_error(answer);
}

// A success that no server should give.
Reading too_good(Method method, const Answer& answer) {
  return reading(CredentialsSign::Unclear, answer, MessageId::ReadTooGood, method);
}

Reading read_error(Method method, const Answer& answer) {
  if (!is_about_the_request(method, answer)) return unclear_error(answer);
  if (answer.error == "invalid_grant" && traits(method).code_grant) {
    return accepted(answer, MessageId::ReadCodeRefused);
  }
  return accepted(answer, MessageId::ReadRequestBlamed);
}

Reading read_token(Method method, const Answer& answer) {
  if (!answer.error.empty()) return read_error(method, answer);
  if (!is_success(answer) || !answer.is_json) return not_such_an_endpoint(method, answer);
  if (!traits(method).issues_token) return too_good(method, answer);
  if (net::string_member(answer.json, "access_token").empty()) {
    return not_such_an_endpoint(method, answer);
  }
  return accepted(answer, MessageId::ReadTokenIssued);
}

// RFC 7662 2.2: the only right answer about a token that nobody issued is active: false.
Reading read_introspection(Method method, const Answer& answer) {
  if (!answer.error.empty()) return read_error(method, answer);
  const auto active = answer.is_json ? answer.json.find("active") : answer.json.end();
  const bool told = active != answer.json.end() && active->is_boolean();
  if (!is_success(answer) || !told) return not_such_an_endpoint(method, answer);
  if (active->get<bool>()) return too_good(method, answer);
  return accepted(answer, MessageId::ReadTokenInactive);
}

// RFC 7009 2.2: an invalid token is no error, and the answer's body has no meaning. (Servers often
// declare an empty body as HTML; a page is another thing.)
Reading read_revocation(Method method, const Answer& answer) {
  if (!answer.error.empty()) return read_error(method, answer);
  const bool page = !answer.text.empty() && answer.content_type.find("html") != std::string::npos;
  if (!is_success(answer) || page) {
    return not_such_an_endpoint(method, answer);
  }
  return accepted(answer, MessageId::ReadNothingToRevoke);
}

// Reads the answers of a method that are neither passing nor about the client.
struct AnswerReader {
  Method method;
  Reading (*read)(Method method, const Answer& answer);  // null: the method sends no request
};
constexpr auto kReaders = std::to_array<AnswerReader>({
    {Method::Auto, nullptr},
    {Method::PushedAuthorizationRequest, read_pushed},
    {Method::AuthorizationCode, read_token},
    {Method::RefreshToken, read_token},
    {Method::Introspection, read_introspection},
    {Method::Revocation, read_revocation},
    {Method::ClientCredentials, read_token},
    {Method::None, nullptr},
});
static_assert(kReaders.size() == count_of<Method>(), "the answers of a Method have no reader");
static_assert(is_in_order(kReaders, &AnswerReader::method), "readers are not in order");

// invalid_client may be about the redirect URI: node-oauth2-server, for one, answers it to
// callbacks that the client did not register.
Reading read_invalid_client(Method method, const Answer& answer) {
  if (wants_another_style(answer)) return other_style_wanted(answer);
  if (!names_redirect_uri(words_of(answer))) return refused(answer);
  return traits(method).pushes ? pushed_callback_refused(answer) : unclear_error(answer);
}

Reading read_by_default(Method method, const Answer& answer) {
  if (is_passing(answer)) return passing(answer);
  if (is_redirect(answer)) return not_such_an_endpoint(method, answer);
  if (answer.error == "invalid_client") return read_invalid_client(method, answer);
  if (answer.error == "unauthorized_client") return unauthorized(method, answer);
  if (answer.error.empty() && answer.http_status == 401) {
    return not_such_an_endpoint(method, answer);
  }
  if (says_grant_not_allowed(answer)) return grant_off(method, answer);
  return row_of(kReaders, method).read(method, answer);
}

CredentialsSign sign_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Verified:
      return CredentialsSign::Accepted;
    case Verdict::Rejected:
      return CredentialsSign::Refused;
    case Verdict::Unverifiable:
      return CredentialsSign::Unclear;
    case Verdict::Unreachable:
      return CredentialsSign::Unreachable;
  }
  return CredentialsSign::Unclear;
}

ParameterSign parameter_sign_of(Verdict verdict) {
  if (verdict == Verdict::Verified) return ParameterSign::Accepted;
  if (verdict == Verdict::Rejected) return ParameterSign::Refused;
  return ParameterSign::Silent;
}

Reading read_by_rule(const Rule& rule, Method method, const Answer& answer) {
  Reading result;
  result.http_status = answer.http_status;
  if (rule.subject == Subject::Credentials) {
    result.credentials = sign_of(rule.verdict);
  } else {
    const ParameterSign sign = parameter_sign_of(rule.verdict);
    result = read_by_default(method, answer);
    result.callback = result.scopes = ParameterSign::Silent;
    (rule.subject == Subject::Callback ? result.callback : result.scopes) = sign;
    if (sign != ParameterSign::Silent) result.credentials = CredentialsSign::Accepted;
    if (rule.verdict == Verdict::Unreachable) result.credentials = CredentialsSign::Unreachable;
  }
  result.summary = answer.summary();
  result.message = told_by_rule(rule, answer);
  return result;
}

}  // namespace

Reading classify(Method method, const Answer& answer, const std::vector<Rule>& rules) {
  const auto rule = std::find_if(rules.begin(), rules.end(),
                                 [&](const Rule& candidate) { return matches(candidate, answer); });
  const bool by_rule = rule != rules.end();
  Reading result = by_rule ? read_by_rule(*rule, method, answer) : read_by_default(method, answer);
  if (by_rule) result.rule = static_cast<std::size_t>(rule - rules.begin()) + 1;
  result.has_error = !answer.error.empty();
  result.blames_the_request =
      answer.error == "invalid_request" && !speaks_of_authentication(answer);
  result.refuses_grant = answer.error != "invalid_grant" && answer.error != "invalid_client" &&
                         refuses_grant(answer.error, words_of(answer));
  return result;
}

bool is_failed_sign_in(const Reading& reading) {
  switch (reading.credentials) {
    case CredentialsSign::Refused:
    case CredentialsSign::RefusedOrNotAllowed:
      return true;
    case CredentialsSign::Unclear: {
      if (reading.blames_the_request) return false;
      const int status = reading.http_status;
      return reading.has_error || (status >= 400 && status < 500 && status != 404 && status != 405);
    }
    default:
      return false;
  }
}

bool refuses_control(const Reading& own, const Reading& control) {
  if (control.credentials == CredentialsSign::Refused) return true;
  const bool by_default = control.rule == 0;
  return by_default && control.http_status == 401 && own.http_status != 401;
}

const char* to_string(CredentialsSign sign) {
  switch (sign) {
    case CredentialsSign::Accepted:
      return "Accepted";
    case CredentialsSign::Refused:
      return "Refused";
    case CredentialsSign::GrantNotAllowed:
      return "GrantNotAllowed";
    case CredentialsSign::RefusedOrNotAllowed:
      return "RefusedOrNotAllowed";
    case CredentialsSign::Unclear:
      return "Unclear";
    case CredentialsSign::Unreachable:
      return "Unreachable";
  }
  return "Unknown";
}

Reading classify(const net::Error& error) {
  Reading result;
  if (error.code == net::ErrorCode::TooLarge) {
    // Not an outage: no OAuth endpoint serves pages of that size.
    result.credentials = CredentialsSign::Unclear;
    result.summary = "an oversized answer";
    result.message = text_of(MessageId::OversizedAnswer);
    return result;
  }
  result.credentials = CredentialsSign::Unreachable;
  result.summary = "no answer";
  const MessageId id =
      error.code == net::ErrorCode::Tls ? MessageId::NoAnswerTls : MessageId::NoAnswer;
  result.message = text_quoting(id, printable(error.message, 400));
  return result;
}

}  // namespace oauth
