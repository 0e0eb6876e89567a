#include "oauth/classify.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "net/url.h"
#include "oauth/rules.h"

namespace oauth {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_redirect(const Answer& answer) {
  return answer.http_status >= 300 && answer.http_status < 400;
}
bool is_success(const Answer& answer) {
  return answer.http_status >= 200 && answer.http_status < 300;
}
bool is_client_error(const Answer& answer) {
  return answer.http_status >= 400 && answer.http_status < 500;
}
// Nothing is served at that address, or nothing of the kind.
bool is_wrong_address(const Answer& answer) {
  return answer.http_status == 404 || answer.http_status == 405;
}

// Answers that may be others in a while.
bool is_passing(const Answer& answer) {
  constexpr std::array<int, 3> kStatuses = {408, 425, 429};
  constexpr std::array<std::string_view, 3> kErrors = {"server_error", "temporarily_unavailable",
                                                       "slow_down"};
  return answer.http_status >= 500 ||
         std::find(kStatuses.begin(), kStatuses.end(), answer.http_status) != kStatuses.end() ||
         std::find(kErrors.begin(), kErrors.end(), answer.error) != kErrors.end();
}

// Is the name that stands between these two a parameter of the request, as a page repeats it: in a
// query, in JSON, or as a field of a form?
bool is_quoted_back(std::string_view before, std::string_view rest) {
  constexpr std::array<std::string_view, 6> kAfter = {"=",   "%3d",   "%253d",
                                                      "\":", "\\\":", "&quot;:"};
  constexpr std::array<std::string_view, 4> kBefore = {"name=\"", "id=\"", "name='", "id='"};
  return std::any_of(kAfter.begin(), kAfter.end(),
                     [&](auto mark) { return rest.starts_with(mark); }) ||
         std::any_of(kBefore.begin(), kBefore.end(),
                     [&](auto mark) { return before.ends_with(mark); });
}

// Does a refusal's text name the redirect URI? Requests quoted back ("?redirect_uri=https…", as is
// or encoded) do not count: error pages of web frameworks quote what they do not know.
bool names_redirect_uri(std::string_view refusal) {
  constexpr std::array<std::string_view, 3> kNames = {"redirect_uri", "redirect uri",
                                                      "redirection uri"};
  const std::string text = lower(refusal);
  for (const std::string_view name : kNames) {
    for (std::size_t at = text.find(name); at != std::string::npos;
         at = text.find(name, at + name.size())) {
      const std::string_view before = std::string_view(text).substr(0, at);
      const std::string_view rest = std::string_view(text).substr(at + name.size());
      if (!is_quoted_back(before, rest)) return true;
    }
  }
  return false;
}

bool names_redirect_uri(const std::string& error, const std::string& description) {
  return names_redirect_uri(error) || names_redirect_uri(description);
}

// "requested grant type is not allowed for this client", "requested response_type is not allowed
// for this client": node-oidc-provider says with invalid_request what RFC 6749 5.2 has
// unauthorized_client for.
bool says_grant_not_allowed(const Answer& answer) {
  const std::string text = lower(answer.error_description);
  return answer.error == "invalid_request" && contains(text, "not allowed for this client") &&
         (contains(text, "grant type") || contains(text, "grant_type") ||
          contains(text, "response type") || contains(text, "response_type"));
}

const char* kind_of_endpoint(Method method) {
  return method == Method::PushedAuthorizationRequest ? "pushed authorization request endpoint"
                                                      : "token endpoint";
}
const char* field_of_endpoint(Method method) {
  return method == Method::PushedAuthorizationRequest ? "endpoints.pushedAuthorizationRequest"
                                                      : "endpoints.token";
}

// `400 invalid_grant "The code has expired"`.
std::string told(const Answer& answer) {
  if (answer.error_description.empty()) return answer.summary();
  return answer.summary() + " \"" + answer.error_description + "\"";
}

Reading reading(CredentialsSign sign, const Answer& answer, std::string_view meaning) {
  Reading result;
  result.credentials = sign;
  result.summary = answer.summary();
  result.message = told(answer) + ": " + std::string(meaning);
  return result;
}

Reading refused(const Answer& answer) {
  return reading(CredentialsSign::Refused, answer,
                 "it does not accept this client id with this secret. Copy both again from the "
                 "provider's app settings, and check that the app belongs to the Offering's "
                 "environment. If they are right, clientAuthentication of the Offering may be "
                 "wrong.");
}

Reading grant_not_allowed(const Answer& answer) {
  return reading(CredentialsSign::GrantNotAllowed, answer,
                 "this client may not use the authorization code grant. Allow it in the provider's "
                 "app settings.");
}

Reading passing(const Answer& answer) {
  return reading(CredentialsSign::Unreachable, answer, "it cannot answer for now.");
}

Reading not_such_an_endpoint(Method method, const Answer& answer) {
  // JSON of another shape may be a provider's own way to answer (HubSpot: {"status": …}).
  const char* or_else =
      answer.is_json ? ". If it is right, add a rule for this answer to verification.rules." : ".";
  return reading(CredentialsSign::Unclear, answer,
                 std::string("this does not answer like a ") + kind_of_endpoint(method) +
                     ": check the Offering's " + field_of_endpoint(method) + or_else);
}

Reading unclear_error(const Answer& answer) {
  return reading(CredentialsSign::Unclear, answer,
                 "this does not tell whether the client was authenticated. Where you know what "
                 "this provider means by it, add a rule to the Offering's verification.rules.");
}

Reading pushed_success(const Answer& answer) {
  Reading result = reading(CredentialsSign::Accepted, answer, "the pushed request was accepted.");
  result.callback = ParameterSign::Accepted;
  result.scopes = ParameterSign::Accepted;
  return result;
}

Reading pushed_scope_refused(const Answer& answer) {
  // oidc-provider names the scope in a member of its own.
  const std::string scope = printable(net::string_member(answer.json, "scope"));
  Reading result = reading(CredentialsSign::Accepted, answer,
                           "the client may not ask for these scopes" +
                               (scope.empty() ? "" : " (" + scope + ")") +
                               ". Allow them in the provider's app settings, or ask for fewer.");
  result.scopes = ParameterSign::Refused;
  return result;
}

Reading pushed_callback_refused(const Answer& answer) {
  Reading result = reading(CredentialsSign::Accepted, answer, "the callback URL is refused.");
  result.callback = ParameterSign::Refused;
  return result;
}

Reading read_pushed(const Answer& answer) {
  const bool created = answer.http_status == 201 || answer.http_status == 200;
  if (answer.error.empty() && created && !net::string_member(answer.json, "request_uri").empty()) {
    return pushed_success(answer);
  }
  if (answer.error.empty()) return not_such_an_endpoint(Method::PushedAuthorizationRequest, answer);
  if (answer.error == "invalid_scope") return pushed_scope_refused(answer);
  if (names_redirect_uri(answer.error, answer.error_description)) {
    return pushed_callback_refused(answer);
  }
  return unclear_error(answer);
}

Reading read_token(const Answer& answer) {
  if (answer.error == "invalid_grant") {
    return reading(CredentialsSign::Accepted, answer,
                   "the client was let in, and only the made-up code refused.");
  }
  if (!answer.error.empty()) return unclear_error(answer);
  if (is_success(answer) && answer.is_json) {
    return reading(CredentialsSign::Unclear, answer,
                   "it did not refuse a code that nobody issued, so its answers prove nothing. "
                   "Check the Offering's endpoints.token.");
  }
  return not_such_an_endpoint(Method::AuthorizationCode, answer);
}

Reading read_by_default(Method method, const Answer& answer) {
  if (is_passing(answer)) return passing(answer);
  if (is_redirect(answer)) return not_such_an_endpoint(method, answer);
  if (answer.error == "invalid_client") return refused(answer);
  if (answer.error == "unauthorized_client") {
    // RFC 6749 5.2 has 401 for failed authentication alone, and Keycloak means that by it.
    return answer.http_status == 401 ? refused(answer) : grant_not_allowed(answer);
  }
  if (answer.http_status == 401) {
    return answer.error.empty() ? not_such_an_endpoint(method, answer) : unclear_error(answer);
  }
  if (says_grant_not_allowed(answer)) return grant_not_allowed(answer);
  return method == Method::PushedAuthorizationRequest ? read_pushed(answer) : read_token(answer);
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

std::string told_by_rule(const Rule& rule, const Answer& answer) {
  if (!rule.message.empty()) return told(answer) + ": " + printable(rule.message, 1024);
  return told(answer) + ": by a rule of the Offering this means " + to_string(rule.subject) + " " +
         to_string(rule.verdict) + ".";
}

Reading read_by_rule(const Rule& rule, Method method, const Answer& answer) {
  Reading result;
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
  result.by_rule = true;
  result.summary = answer.summary();
  result.message = told_by_rule(rule, answer);
  return result;
}

// How the authorization endpoint answered one silent request.
enum class Page {
  ToCallback,     // a redirect to exactly the callback that was asked for
  RefusedByName,  // a refusal that names the redirect URI
  SignIn,         // a page, or a redirect that stays at the provider
  Other,          // whatever else: a refusal without a reason, another site, no such page
};

// Location is `redirect_uri` with nothing but a query or a fragment added.
bool leads_to(std::string_view location, std::string_view redirect_uri) {
  if (redirect_uri.empty() || !location.starts_with(redirect_uri)) return false;
  const std::string_view rest = location.substr(redirect_uri.size());
  const char more = contains(redirect_uri, "?") ? '&' : '?';
  return rest.empty() || rest.front() == more || rest.front() == '#';
}

bool stays_at(std::string_view location, const std::string& endpoint) {
  const bool relative =
      location.starts_with('/') && !location.starts_with("//") && !location.starts_with("/\\");
  if (relative) return true;
  const auto target = net::parse_url(location.substr(0, location.find('#')));
  const auto own = net::parse_url(endpoint);
  return target.ok() && own.ok() && target->scheme == own->scheme &&
         target->authority() == own->authority();
}

Page page_of_redirect(const Answer& answer, const std::string& redirect_uri,
                      const std::string& endpoint) {
  if (leads_to(answer.location, redirect_uri)) return Page::ToCallback;
  const std::string error = location_parameter(answer.location, "error");
  if (names_redirect_uri(error, location_parameter(answer.location, "error_description"))) {
    return Page::RefusedByName;
  }
  return error.empty() && stays_at(answer.location, endpoint) ? Page::SignIn : Page::Other;
}

Page page_of(const Answer& answer, const std::string& redirect_uri, const std::string& endpoint) {
  if (is_redirect(answer)) return page_of_redirect(answer, redirect_uri, endpoint);
  if (is_success(answer)) return answer.error.empty() ? Page::SignIn : Page::Other;
  const bool names =
      names_redirect_uri(answer.error, answer.error_description) || names_redirect_uri(answer.text);
  return is_client_error(answer) && !is_wrong_address(answer) && names ? Page::RefusedByName
                                                                       : Page::Other;
}

const Rule* callback_rule(const Answer& answer, const std::vector<Rule>& rules) {
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& candidate) {
    return candidate.subject == Subject::Callback && matches(candidate, answer);
  });
  return rule == rules.end() ? nullptr : &*rule;
}

std::string answered(const Answer& answer, std::string_view meaning) {
  return "The authorization endpoint answered " + told(answer) + ": " + std::string(meaning);
}

CallbackReading not_checkable(std::string message) {
  return {CallbackSign::NotCheckable, ParameterSign::Silent, std::move(message)};
}

CallbackReading accepted(const Answer& ours) {
  const bool scopes_refused = location_parameter(ours.location, "error") == "invalid_scope";
  return {CallbackSign::Accepted, scopes_refused ? ParameterSign::Refused : ParameterSign::Silent,
          answered(ours,
                   "it goes on with this callback URL, and not with one that is not "
                   "registered.")};
}

CallbackReading callback_refused(const Answer& ours) {
  return {CallbackSign::Refused, ParameterSign::Silent,
          answered(ours, "it refuses the redirect URI.")};
}

CallbackReading cannot_answer(const Answer& answer) {
  return {CallbackSign::Unreachable, ParameterSign::Silent,
          answered(answer, "it cannot answer for now.")};
}

CallbackReading stumbled(const Answer& made_up) {
  return not_checkable(answered(
      made_up, "it fails at a callback URL that nobody registered, so it proves nothing."));
}

CallbackReading nothing_told(const Answer& ours, Page page, Page made_up_page) {
  if (page == Page::ToCallback) {
    return not_checkable(answered(
        ours,
        "it redirects to callback URLs that nobody registered, too, so this proves nothing. "
        "Tell the provider: this is an open redirector (RFC 9700 4.11)."));
  }
  if (is_wrong_address(ours)) {
    return not_checkable(answered(ours,
                                  "this does not answer like an authorization endpoint: "
                                  "check the Offering's endpoints.authorization."));
  }
  if (page == made_up_page) {
    return not_checkable(
        answered(ours,
                 "the same as to a callback URL that nobody registered, so it proves "
                 "nothing."));
  }
  return not_checkable(
      answered(ours, "this does not tell whether the callback URL is registered."));
}

// Nothing where the rules leave it to the defaults.
std::optional<CallbackReading> read_by_rules(const Answer& ours, const Answer& made_up,
                                             const std::vector<Rule>& rules) {
  const Rule* rule = callback_rule(ours, rules);
  if (rule == nullptr) return std::nullopt;
  CallbackReading result;
  result.message = "The authorization endpoint answered " + told_by_rule(*rule, ours);
  if (rule->verdict == Verdict::Rejected) result.sign = CallbackSign::Refused;
  if (rule->verdict == Verdict::Unreachable) result.sign = CallbackSign::Unreachable;
  if (rule->verdict == Verdict::Verified) {
    const Rule* other = callback_rule(made_up, rules);
    const bool told_apart = other != nullptr && other->verdict == Verdict::Rejected;
    if (told_apart) result.sign = CallbackSign::Accepted;
    if (!told_apart) {
      result.message +=
          " A callback URL that nobody registered was not refused by a rule, so it proves nothing.";
    }
  }
  return result;
}

}  // namespace

Reading classify(Method method, const Answer& answer, const std::vector<Rule>& rules) {
  const auto rule = std::find_if(rules.begin(), rules.end(),
                                 [&](const Rule& candidate) { return matches(candidate, answer); });
  if (rule != rules.end()) return read_by_rule(*rule, method, answer);
  return read_by_default(method, answer);
}

Reading classify(const net::Error& error) {
  Reading result;
  if (error.code == net::ErrorCode::TooLarge) {
    // Not an outage: whatever serves pages of that size is no OAuth endpoint.
    result.credentials = CredentialsSign::Unclear;
    result.summary = "an oversized answer";
    result.message =
        "an answer that is too large for an OAuth endpoint: check the Offering's endpoints.";
    return result;
  }
  result.credentials = CredentialsSign::Unreachable;
  result.summary = "no answer";
  result.message = "no usable answer: " + printable(error.message, 400) + ".";
  return result;
}

CallbackReading classify_callback(const Answer& ours, const std::string& redirect_uri,
                                  const Answer& made_up, const std::string& made_up_redirect_uri,
                                  const std::vector<Rule>& rules,
                                  const std::string& authorization_endpoint) {
  if (auto by_rule = read_by_rules(ours, made_up, rules)) return *by_rule;
  // Some servers stumble over a callback URL that they do not know, each time: no reason to wait.
  if (made_up.http_status == 500 && !is_passing(ours)) return stumbled(made_up);
  for (const Answer* answer : {&ours, &made_up}) {
    if (is_passing(*answer)) return cannot_answer(*answer);
  }
  const Page page = page_of(ours, redirect_uri, authorization_endpoint);
  Page made_up_page = page_of(made_up, made_up_redirect_uri, authorization_endpoint);
  const Rule* rule = callback_rule(made_up, rules);
  if (rule != nullptr && rule->verdict == Verdict::Rejected) made_up_page = Page::RefusedByName;

  if (made_up_page == Page::ToCallback) return nothing_told(ours, page, made_up_page);
  // A firewall that stops the strange host, not the provider, may be what refused it.
  const bool stopped = made_up.http_status == 401 || made_up.http_status == 403;
  if (page == Page::ToCallback && stopped && made_up_page != Page::RefusedByName)
    return nothing_told(ours, page, made_up_page);
  if (page == Page::ToCallback) return accepted(ours);
  if (page == Page::SignIn && made_up_page == Page::RefusedByName) return accepted(ours);
  if (page == Page::RefusedByName && made_up_page != Page::SignIn) return callback_refused(ours);
  return nothing_told(ours, page, made_up_page);
}

}  // namespace oauth
