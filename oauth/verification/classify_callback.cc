#include <algorithm>
#include <optional>
#include <string_view>

#include "net/url.h"
#include "oauth/protocol/answer_kinds.h"
#include "oauth/protocol/rules.h"
#include "oauth/verification/classify.h"
#include "oauth/verification/messages.h"
#include "oauth/verification/wording.h"

namespace oauth {
namespace {

// How the authorization endpoint answered one silent request.
enum class Page {
  ToCallback,     // a redirect to exactly the requested callback
  RefusedByName,  // a refusal that names the redirect URI
  SignIn,         // a page, or a redirect that stays at the provider
  Elsewhere,      // a redirect to another site, as to an identity provider
  Other,          // anything else: a refusal without a reason, no such page
};

// `location` is `redirect_uri`, with at most a query or a fragment added.
bool leads_to(std::string_view location, std::string_view redirect_uri) {
  if (redirect_uri.empty() || !location.starts_with(redirect_uri)) return false;
  const std::string_view rest = location.substr(redirect_uri.size());
  const char more = redirect_uri.find('?') != std::string_view::npos ? '&' : '?';
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
  if (names_redirect_uri(error) ||
      names_redirect_uri(location_parameter(answer.location, "error_description"))) {
    return Page::RefusedByName;
  }
  if (!error.empty()) return Page::Other;
  return stays_at(answer.location, endpoint) ? Page::SignIn : Page::Elsewhere;
}

Page page_of(const Answer& answer, const std::string& redirect_uri, const std::string& endpoint) {
  if (is_redirect(answer)) return page_of_redirect(answer, redirect_uri, endpoint);
  if (is_success(answer)) return answer.error.empty() ? Page::SignIn : Page::Other;
  const bool names = names_redirect_uri(answer.error) || names_redirect_uri(words_of(answer)) ||
                     names_redirect_uri(answer.text);
  return is_client_error(answer) && !is_wrong_address(answer) && names ? Page::RefusedByName
                                                                       : Page::Other;
}

const Rule* callback_rule(const Answer& answer, const std::vector<Rule>& rules) {
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& candidate) {
    return candidate.subject == Subject::Callback && matches(candidate, answer);
  });
  return rule == rules.end() ? nullptr : &*rule;
}

CallbackReading read_as(CallbackSign sign, MessageId id, const Answer& answer) {
  CallbackReading result;
  result.sign = sign;
  result.message = text_quoting(id, told_with_error(answer));
  return result;
}

CallbackReading not_checkable(MessageId id, const Answer& answer) {
  return read_as(CallbackSign::NotCheckable, id, answer);
}

CallbackReading accepted(const Answer& ours) {
  CallbackReading result = read_as(CallbackSign::Accepted, MessageId::CallbackAccepted, ours);
  const std::string error = location_parameter(ours.location, "error");
  if (error == "invalid_scope") result.scopes = ParameterSign::Refused;
  if (!is_expected_of_silence(error) && error != "invalid_scope") result.error = error;
  return result;
}

// In a redirect to our callback, or to a page of the provider's own (better-auth).
std::string grant_refused(const Answer& ours, Page page) {
  const std::string error = location_parameter(ours.location, "error");
  const std::string words = location_parameter(ours.location, "error_description");
  const bool by_name = page == Page::ToCallback && error == "unauthorized_client";
  if (error.empty() || error == "invalid_scope" || (!by_name && !refuses_grant(error, words)))
    return "";
  return told_with_error(ours);
}

CallbackReading callback_refused(const Answer& ours) {
  return read_as(CallbackSign::Refused, MessageId::CallbackRefused, ours);
}

CallbackReading cannot_answer(const Answer& answer) {
  return read_as(CallbackSign::Unreachable, MessageId::CallbackUnreachable, answer);
}

CallbackReading stumbled(const Answer& made_up) {
  return not_checkable(MessageId::CallbackStumbled, made_up);
}

CallbackReading nothing_told(const Answer& ours, Page page, Page made_up_page) {
  if (page == Page::ToCallback) return not_checkable(MessageId::CallbackOpen, ours);
  if (is_wrong_address(ours)) return not_checkable(MessageId::CallbackNotSuchAnEndpoint, ours);
  if (page == made_up_page) return not_checkable(MessageId::CallbackAlike, ours);
  return not_checkable(MessageId::CallbackUnclear, ours);
}

// Returns nothing if the rules leave it to the defaults.
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
    if (!told_apart) result.message += " " + text_of(MessageId::CallbackRuleWithoutControl);
  }
  return result;
}

CallbackReading read_by_default(const Answer& ours, const std::string& redirect_uri,
                                const Answer& made_up, const std::string& made_up_redirect_uri,
                                const std::vector<Rule>& rules,
                                const std::string& authorization_endpoint) {
  // Some servers fail at an unknown callback URL each time: no reason to wait.
  if (made_up.http_status == 500 && !is_passing(ours)) return stumbled(made_up);
  for (const Answer* answer : {&ours, &made_up}) {
    if (is_passing(*answer)) return cannot_answer(*answer);
  }
  const Page page = page_of(ours, redirect_uri, authorization_endpoint);
  Page made_up_page = page_of(made_up, made_up_redirect_uri, authorization_endpoint);
  const Rule* rule = callback_rule(made_up, rules);
  if (rule != nullptr && rule->verdict == Verdict::Rejected) made_up_page = Page::RefusedByName;
  // Any suffix counts: a redirect there is not a refusal.
  if (is_redirect(made_up) && made_up.location.starts_with(made_up_redirect_uri))
    made_up_page = Page::ToCallback;

  if (made_up_page == Page::ToCallback) return nothing_told(ours, page, made_up_page);
  // A firewall, not the provider, may have refused the strange host.
  const bool stopped = made_up.http_status == 401 || made_up.http_status == 403;
  if (page == Page::ToCallback && stopped && made_up_page != Page::RefusedByName)
    return nothing_told(ours, page, made_up_page);
  if (page == Page::ToCallback) return accepted(ours);
  const bool goes_on = page == Page::SignIn || page == Page::Elsewhere;
  if (goes_on && made_up_page == Page::RefusedByName) return accepted(ours);
  if (page == Page::RefusedByName && made_up_page != Page::SignIn) return callback_refused(ours);
  return nothing_told(ours, page, made_up_page);
}

}  // namespace

CallbackReading classify_callback(const Answer& ours, const std::string& redirect_uri,
                                  const Answer& made_up, const std::string& made_up_redirect_uri,
                                  const std::vector<Rule>& rules,
                                  const std::string& authorization_endpoint) {
  if (auto by_rule = read_by_rules(ours, made_up, rules)) return *by_rule;
  CallbackReading result = read_by_default(ours, redirect_uri, made_up, made_up_redirect_uri, rules,
                                           authorization_endpoint);
  if (!is_passing(ours))
    result.grant_refused = grant_refused(ours, page_of(ours, redirect_uri, authorization_endpoint));
  return result;
}

const char* to_string(CallbackSign sign) {
  switch (sign) {
    case CallbackSign::Accepted:
      return "Accepted";
    case CallbackSign::Refused:
      return "Refused";
    case CallbackSign::NotCheckable:
      return "NotCheckable";
    case CallbackSign::Unreachable:
      return "Unreachable";
  }
  return "Unknown";
}

}  // namespace oauth
