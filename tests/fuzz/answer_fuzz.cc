// oauth/protocol/answer.h, which reads every answer, above all those of the token endpoint: its
// reading, and that it shows no secret.
//
// Settings: none. It reads the first answer; "limit N" is a limit of printable().
#include <charconv>

#include "input.h"
#include "net/text.h"
#include "net/url.h"
#include "oauth/protocol/answer.h"
#include "oauth/protocol/answer_kinds.h"
#include "oauth/protocol/rules.h"
#include "oauth/verification/wording.h"
#include "promises.h"

namespace fuzz {
namespace {

using net::Json;
using oauth::Answer;

Answer read(const net::HttpResponse& response) {
  return oauth::read_answer(response, kNow, never_shown());
}

bool speaks_of_tokens(const std::string& name) {
  for (const char* part : {"token", "secret", "assertion", "jwt", "request_uri", "password"}) {
    if (net::lower(name).find(part) != std::string::npos) return true;
  }
  return false;
}

bool holds_text(const Json& json) {
  if (json.is_string()) return !json.get_ref<const std::string&>().empty();
  if (!json.is_structured()) return false;
  for (const Json& child : json) {
    if (holds_text(child)) return true;
  }
  return false;
}

void what_is_read(const net::HttpResponse& response, Promises& promises) {
  const Answer answer = read(response);
  const Json body = Json::parse(response.body, nullptr, false);
  promises.keep(!answer.is_json || body.is_object(), "what is taken for a JSON object is one");
  promises.keep(answer.is_json || answer.error.empty(), "an error is a member of a JSON object");
  promises.keep(answer.text.size() <= 16U << 10, "the text is bounded");
  promises.keep(!answer.is_json || answer.text.empty(), "JSON is not kept as text");
  promises.keep(answer.error.size() <= 128, "the error is bounded");
  promises.keep(oauth::told(answer).starts_with(answer.summary()),
                "an answer's status comes first");
  if (answer.retry_after) {
    promises.keep(answer.retry_after->count() >= 0 && *answer.retry_after <= std::chrono::hours{24},
                  "a provider may ask to wait for a day at most");
  }
  const std::string text = net::lower(response.body);
  promises.keep(!oauth::names_redirect_uri(response.body) || text.find("redirect") < text.size(),
                "only what speaks of redirects names the redirect URI");
}

void what_is_shown(const Answer& answer, Promises& promises) {
  const auto shown = [&](const char* what, const std::string& text, std::size_t most_characters) {
    promises.keep_presentable(what, text, most_characters);
    promises.keep_secret(what, text, secret_forms());
  };
  shown("media type", answer.content_type, 60);
  shown("description", answer.error_description, 200);
  shown("summary", answer.summary(), 80);
  shown("told", oauth::told(answer), 300);
  shown("details", answer.details(), 2300);
}

// The details do not depend on the value of a token.
void what_holds_tokens(net::HttpResponse response, Promises& promises) {
  const Answer answer = read(response);
  if (!answer.is_json) return;
  const bool success = oauth::is_success(answer) && answer.error.empty();
  Json body = Json::parse(response.body, nullptr, false);
  for (auto& [name, value] : body.items()) {
    if (value.is_string() && (success || speaks_of_tokens(name))) value = "another";
  }
  if (body.contains("error") && success) return;  // an empty error, unlike "another"
  response.body = body.dump();
  promises.keep(read(response).details() == answer.details(), "details show no tokens",
                answer.details());
}

void wiping(Answer answer, Promises& promises) {
  oauth::wipe(answer);
  promises.keep(answer.text.find_first_not_of('\0') == std::string::npos, "a wiped text is gone");
  promises.keep(!holds_text(answer.json), "wiped JSON holds no text");
}

void printable(const Input& input, std::string_view text, Promises& promises) {
  std::size_t most = 200;
  const std::string_view limit = input.setting("limit");
  std::from_chars(limit.data(), limit.data() + limit.size(), most);
  const std::string once = oauth::printable(text, most);
  promises.keep_presentable("printable text", once, most);
  promises.keep(oauth::printable(once, most) == once, "printable text is printed as it is", once);
}

void forms(std::string_view text, Promises& promises) {
  const auto fields = net::parse_form("name=" + net::form_encode(text) + "&" + std::string(text));
  promises.keep(!fields.ok() || fields->front().second == text, "form encoding can be undone");
  const auto url = net::parse_url(text);
  if (!url.ok()) return;
  const auto again = net::parse_url(url->to_string());
  promises.keep(again.ok() && again->to_string() == url->to_string(), "URLs are read as written");
}

}  // namespace

const char* const kTarget = "answer";

std::vector<std::string> broken_promises(std::string_view text) {
  const Input input(text);
  Promises promises;
  const auto response = input.answer(0);
  if (response.ok()) {
    what_is_read(*response, promises);
    const Answer answer = read(*response);
    what_is_shown(answer, promises);
    what_holds_tokens(*response, promises);
    wiping(answer, promises);
    printable(input, response->body, promises);
    forms(answer.location, promises);
  }
  return promises.broken();
}

}  // namespace fuzz
