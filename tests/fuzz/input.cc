#include "input.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "net/crypto.h"
#include "net/text.h"
#include "net/url.h"
#include "oauth/protocol/answer.h"

namespace fuzz {
namespace {

constexpr std::string_view kPart = "---\n";
constexpr std::size_t kMostRules = 32;  // the limit in the schema of Offerings

// Returns the text before `mark`, and removes both from `rest`.
std::string_view take_until(std::string_view& rest, std::string_view mark) {
  const std::size_t end = rest.find(mark);
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + mark.size());
  return taken;
}

std::vector<std::string_view> parts_of(std::string_view text, std::string_view mark) {
  std::vector<std::string_view> parts;
  do {
    parts.push_back(take_until(text, mark));
  } while (!text.empty());
  return parts;
}

int number(std::string_view text, int otherwise) {
  int value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return text;
}

// Every ASCII character as \u00XX.
std::string json_escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    escaped +=
        static_cast<unsigned char>(c) < 0x80 ? "\\u00" + net::hex({&c, 1}) : std::string(1, c);
  }
  return escaped;
}

struct Spelling {
  std::string name;
  std::string text;
};

std::vector<Spelling> spellings(const oauth::Client& client) {
  const std::string& secret = client.secret.reveal();
  return {{"{{secret}}", secret},
          {"{{upper}}", upper(secret)},
          {"{{lower}}", net::lower(secret)},
          {"{{json}}", json_escaped(secret)},
          {"{{percent}}", net::percent_encode(secret)},
          {"{{form}}", net::form_encode(secret)},
          {"{{base64}}", net::base64(secret)},
          {"{{base64url}}", net::base64url(secret)},
          {"{{basic}}", net::base64(net::form_encode(client.id) + ":" + net::form_encode(secret))},
          {"{{previous}}", previous_secret().reveal()},
          {"{{id}}", client.id},
          {"{{idpercent}}", net::percent_encode(client.id)},
          {"{{idform}}", net::form_encode(client.id)},
          {"{{idbase64}}", net::base64(client.id)}};
}

std::string spelled_out(std::string_view text) {
  static const std::vector<Spelling> known = spellings(client());
  std::string result(text);
  if (text.find("{{") == std::string_view::npos) return result;
  for (const Spelling& spelling : known) replace_all(result, spelling.name, spelling.text);
  return result;
}

oauth::Subject subject_of(std::string_view name) {
  using oauth::Subject;
  for (const Subject subject : {Subject::Callback, Subject::Scopes}) {
    if (name == to_string(subject)) return subject;
  }
  return Subject::Credentials;
}

oauth::Verdict verdict_of(std::string_view name) {
  using oauth::Verdict;
  for (const Verdict verdict : {Verdict::Verified, Verdict::Rejected, Verdict::Unreachable}) {
    if (name == to_string(verdict)) return verdict;
  }
  return Verdict::Unverifiable;
}

oauth::Rule rule_of(std::string_view line) {
  std::array<std::string_view, 7> fields;
  for (std::string_view& field : fields) field = take_until(line, "|");
  oauth::Rule rule;
  if (const int status = number(fields[0], 0); status != 0) rule.http_status = status;
  if (!fields[1].empty()) rule.error_field = fields[1];
  rule.error = fields[2];
  rule.description_contains = fields[3];
  rule.subject = subject_of(fields[4]);
  rule.verdict = verdict_of(fields[5]);
  rule.message = known_to_all(fields[6]);
  return rule;
}

net::Error error_of(std::string_view name) {
  using net::ErrorCode;
  for (const ErrorCode code : {ErrorCode::Tls, ErrorCode::Timeout, ErrorCode::TooLarge}) {
    if (name == net::to_string(code)) return {code, "what went wrong"};
  }
  return {ErrorCode::Unavailable, "what went wrong"};
}

std::vector<std::string_view> revealed(const std::vector<net::SecretString>& secrets) {
  std::vector<std::string_view> texts;
  for (const net::SecretString& secret : secrets) texts.push_back(secret.reveal());
  return texts;
}

std::vector<std::string> forms_of(const net::SecretString& secret) {
  const std::string& text = secret.reveal();
  const std::string id = client().id;
  std::vector<std::string> forms = {
      text,
      net::percent_encode(text),
      net::form_encode(text),
      net::base64(text),
      net::base64url(text),
      net::base64(id + ":" + text),
      net::base64(net::form_encode(id) + ":" + net::form_encode(text))};
  for (std::string& form : forms) form = net::lower(form);
  return forms;
}

}  // namespace

oauth::Client client() {
  return {"Cl1+nt/1d 0f=me", net::SecretString("S3+cr/3t v\xC3\xA4l%ue=0")};
}
net::SecretString previous_secret() { return net::SecretString("Pr3viousV4lue0"); }

const std::vector<std::string>& secret_forms() {
  static const std::vector<std::string> kForms = forms_of(client().secret);
  return kForms;
}

const std::vector<std::string>& previous_secret_forms() {
  static const std::vector<std::string> kForms = forms_of(previous_secret());
  return kForms;
}

const std::vector<std::string>& client_id_forms() {
  static const std::vector<std::string> kForms = [] {
    std::vector<std::string> forms;
    for (const net::SecretString& way : oauth::ways_to_write(client().id))
      forms.push_back(net::lower(way.reveal()));
    return forms;
  }();
  return kForms;
}

const std::vector<std::string_view>& never_shown() {
  static const std::vector<net::SecretString> kWays =
      oauth::ways_to_write(client().id, client().secret);
  static const std::vector<std::string_view> kTexts(revealed(kWays));
  return kTexts;
}

std::string known_to_all(std::string_view setting) {
  static const std::vector<net::SecretString> kWays =
      oauth::ways_to_write(client().id, previous_secret());
  static const std::vector<std::string_view> kTexts(revealed(kWays));
  std::string text(setting);
  oauth::leave_out(text, never_shown());
  oauth::leave_out(text, kTexts);
  oauth::leave_out(text, oauth::ways_to_write(client().id));
  return text;
}

Input::Input(std::string_view text) : answers_(parts_of(text, kPart)) {
  settings_ = parts_of(answers_.front(), "\n");
  answers_.erase(answers_.begin());
}

std::string_view Input::setting(std::string_view name) const {
  for (std::string_view line : settings_) {
    if (take_until(line, " ") == name) return line;
  }
  return {};
}

std::optional<oauth::Method> Input::method(std::string_view name) const {
  return oauth::parse_method(setting(name));
}

std::vector<oauth::Rule> Input::rules() const {
  std::vector<oauth::Rule> rules;
  for (std::string_view line : settings_) {
    if (take_until(line, " ") == "rule" && rules.size() < kMostRules)
      rules.push_back(rule_of(line));
  }
  return rules;
}

std::string_view Input::text_of_answer(std::size_t at) const {
  return answers_.empty() ? "200" : answers_[std::min(at, answers_.size() - 1)];
}

net::Result<net::HttpResponse> Input::answer(std::size_t at) const {
  const std::string text = spelled_out(text_of_answer(at));
  std::string_view rest = text;
  std::string_view line = take_until(rest, "\n");
  if (line.starts_with("error ")) return error_of(line.substr(6));
  net::HttpResponse response;
  // A final answer's status; by RFC 9110 15, 600 and more count as 5xx.
  response.status = std::clamp(number(line, 200), 200, 999);
  for (line = take_until(rest, "\n"); !line.empty(); line = take_until(rest, "\n")) {
    const std::string_view name = take_until(line, ": ");
    response.headers.add(std::string(name), std::string(line));
  }
  response.body = rest;
  return response;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace fuzz
