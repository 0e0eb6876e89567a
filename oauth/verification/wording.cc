#include "oauth/verification/wording.h"

#include <algorithm>
#include <array>
#include <vector>

#include "net/text.h"
#include "oauth/protocol/answer_kinds.h"

namespace oauth {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool names_any(std::string_view text, const std::vector<std::string_view>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return contains(text, word); });
}

// Returns whether the name between these two is a parameter of the request that a page repeats: in
// a query, in JSON, or as a field of a form.
bool is_quoted_back(std::string_view before, std::string_view rest) {
  constexpr std::array<std::string_view, 6> kAfter = {"=",   "%3d",   "%253d",
                                                      "\":", "\\\":", "&quot;:"};
  constexpr std::array<std::string_view, 4> kBefore = {"name=\"", "id=\"", "name='", "id='"};
  return std::any_of(kAfter.begin(), kAfter.end(),
                     [&](auto mark) { return rest.starts_with(mark); }) ||
         std::any_of(kBefore.begin(), kBefore.end(),
                     [&](auto mark) { return before.ends_with(mark); });
}

// Returns a page's visible text: without its scripts, styles and tags, which may contain the names
// of parameters on any page.
std::string visible(std::string_view page) {
  std::string text;
  while (!page.empty()) {
    const std::size_t tag = page.find('<');
    text += page.substr(0, tag);
    if (tag == std::string_view::npos) break;
    page.remove_prefix(tag);
    std::string_view end = ">";
    if (page.starts_with("<script")) end = "</script>";
    if (page.starts_with("<style")) end = "</style>";
    if (page.starts_with("<!--")) end = "-->";
    const std::size_t close = page.find(end);
    if (close == std::string_view::npos) break;
    page.remove_prefix(close + end.size());
    text += ' ';
  }
  return text;
}

// "client_id, redirect_uri or scope": a list of parameters blames none of them.
bool is_one_of_a_list(std::string_view before, std::string_view rest) {
  constexpr std::size_t kNear = 40;
  constexpr std::array<std::string_view, 4> kOthers = {"client_id", "client id", "response_type",
                                                       "scope"};
  before.remove_prefix(before.size() - std::min(before.size(), kNear));
  rest = rest.substr(0, kNear);
  return std::any_of(kOthers.begin(), kOthers.end(), [&](std::string_view other) {
    return contains(before, other) || contains(rest, other);
  });
}

}  // namespace

bool names_redirect_uri(std::string_view refusal) {
  constexpr std::array<std::string_view, 4> kNames = {"redirect_uri", "redirect uri",
                                                      "redirection uri", "redirect url"};
  const std::string text = visible(net::lower(refusal));
  for (const std::string_view name : kNames) {
    for (std::size_t at = text.find(name); at != std::string::npos;
         at = text.find(name, at + name.size())) {
      const std::string_view before = std::string_view(text).substr(0, at);
      const std::string_view rest = std::string_view(text).substr(at + name.size());
      if (!is_quoted_back(before, rest) && !is_one_of_a_list(before, rest)) return true;
    }
  }
  return false;
}

bool says_grant_not_allowed(const Answer& answer) {
  const std::string text = net::lower(words_of(answer));
  return answer.error == "invalid_request" && contains(text, "not allowed for this client") &&
         names_any(text, {"grant type", "grant_type", "response type", "response_type"});
}

bool speaks_of_grants(std::string_view words) {
  return names_any(net::lower(words), {"grant", "response type", "response_type"});
}

bool refuses_grant(std::string_view error, std::string_view words) {
  if (error == "unsupported_response_type" || error == "unsupported_grant_type") return true;
  return speaks_of_grants(words) &&
         names_any(net::lower(words),
                   {"not allowed", "not registered", "not authorized", "not supported",
                    "unauthorized", "unsupported", "not enabled", "disabled"});
}

bool speaks_of_authentication(const Answer& answer) {
  return names_any(
      net::lower(words_of(answer)),
      {"client_id", "client id", "secret", "credential", "authentication", "authenticating",
       "authorization header", "authorization failed", "invalid client", "unknown client"});
}

bool speaks_of_authenticating(const Answer& answer) {
  return names_any(net::lower(words_of(answer)), {"authentication", "authenticating"});
}

bool blames_the_credentials(const Answer& answer) {
  return names_any(net::lower(words_of(answer)),
                   {"invalid client", "unknown client", "client not found", "unknown application",
                    "application not found", "not found in the directory", "secret",
                    "invalid credential", "wrong credential", "authentication failed"});
}

bool wants_another_style(const Answer& answer) {
  return names_any(net::lower(words_of(answer)),
                   {"supports client authentication method '", "missing client_id",
                    "missing client id", "client_id is missing", "client_assertion"});
}

}  // namespace oauth
