// The fuzzers' input: text that a person can read and write, and in which every sequence of bytes
// has a meaning. Lines "---" separate its parts; the first part has settings, a name and a value a
// line, and each other part is an answer of the provider:
//
//   method AuthorizationCode
//   rule 400|error|bad_code||Credentials|Verified|
//   ---
//   400
//   Content-Type: application/json
//
//   {"error": "bad_code", "error_description": "who is {{secret}}?"}
//   ---
//   error Timeout
//
// Answers repeat the client's secret at placeholders: {{secret}} as it is, {{upper}} and {{lower}}
// in that case, {{json}} as \u escapes, {{percent}}, {{form}}, {{base64}}, {{base64url}}, and
// {{basic}} as in the Basic header. So a mutation rarely cuts a secret in two. {{id}},
// {{idpercent}}, {{idform}} and {{idbase64}} are the client id.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/clock.h"
#include "net/http_client.h"
#include "net/result.h"
#include "oauth/protocol/provider.h"
#include "oauth/protocol/requests.h"

namespace fuzz {

inline const net::SystemTime kNow{std::chrono::seconds{1'700'000'000}};

// The client of an input. Neither its id nor its secret is a word of any other text. Every encoding
// changes characters of its secret.
oauth::Client client();
// A second secret, of letters and digits alone. (Neither secret has one of details()' words for
// tokens.)
net::SecretString previous_secret();

// The forms in which the secrets must not be shown, in lower case.
const std::vector<std::string>& secret_forms();
const std::vector<std::string>& previous_secret_forms();
// The forms of the client id, which must not be shown before a provider accepted it.
const std::vector<std::string>& client_id_forms();
// The first secret's spellings that the engine must never show.
const std::vector<std::string_view>& never_shown();
// A text of an Offering's or an Integration's, without any secret and without the client id.
std::string known_to_all(std::string_view setting);

class Input {
 public:
  explicit Input(std::string_view text);

  // Returns the first value of that name; empty if there is none.
  std::string_view setting(std::string_view name) const;
  std::optional<oauth::Method> method(std::string_view name) const;
  // "rule STATUS|ERROR FIELD|ERROR|DESCRIPTION CONTAINS|SUBJECT|VERDICT|MESSAGE", as many as an
  // Offering may have.
  std::vector<oauth::Rule> rules() const;

  std::size_t answers() const { return answers_.size(); }
  // Returns the last one if there are fewer; a bare 200 if there is none.
  net::Result<net::HttpResponse> answer(std::size_t at) const;
  // Returns the text behind answer().
  std::string_view text_of_answer(std::size_t at) const;

 private:
  std::vector<std::string_view> settings_;  // lines
  std::vector<std::string_view> answers_;
};

// Replaces all occurrences.
void replace_all(std::string& text, std::string_view what, std::string_view by);

}  // namespace fuzz
