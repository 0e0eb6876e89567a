// A provider's answer, read as far as a verdict needs it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.h"
#include "net/json.h"
#include "net/result.h"
#include "net/secret_string.h"

namespace oauth {

struct Answer {
  int http_status = 0;
  bool is_json = false;           // a JSON object
  std::string error;              // RFC 6749 5.2; empty if there is none; show it by summary()
  std::string error_description;  // printable, cut at 200 characters: safe for a status
  net::Json json;                 // the object; never shown as a whole: it may hold tokens
  std::string text;      // the body's first 16 KiB, where it is no JSON: for substrings only, never
                         // shown
  std::string location;  // of a redirect; never shown: it may hold anything
  std::string location_error;  // its `error` (RFC 6749 4.1.2.1), cut at 60 characters, and
  std::string location_error_description;  // its `error_description`, at 200: safe for a status
  std::string content_type;                // the media type, lower case, printable
  std::optional<std::chrono::seconds> retry_after;
  std::string shown_error;  // `error` as summary() has it, at most 60 characters
  std::vector<net::SecretString> shown_without;  // the two below leave these out

  // Returns "400 invalid_grant", or "404 (text/html)" if it has no error: for messages.
  std::string summary() const;
  // Returns the same with the members of the JSON object, for a person who writes a rule:
  // `400 {"reason": "Invalid code", "status": "BAD_AUTH_CODE"}`. Members whose names suggest
  // tokens and the like are named without their values, and so are all texts of a success.
  std::string details() const;
};

// Returns every way in which a provider may repeat the client's secret: as it is, percent-encoded,
// form-encoded, in base64 (with both alphabets), and in a Basic header with the client id. Secrets
// of less than 6 characters have no way but the header: they would make holes in ordinary words.
std::vector<net::SecretString> ways_to_write(const std::string& client_id,
                                             const net::SecretString& secret);

// Replaces each of these in `text` by "[left out]", in any case and with any white space.
void leave_out(std::string& text, const std::vector<std::string_view>& never_shown);
void leave_out(std::string& text, const std::vector<net::SecretString>& never_shown);

// Returns every way in which it may repeat a client id, except for ids of less than 6 characters.
std::vector<net::SecretString> ways_to_write(const std::string& client_id);

// All shown and classified text leaves out `never_shown`, should the provider quote it. Only shown
// text leaves out `shown_without`: a client id may be a word like "client", without which
// "invalid_client" would mean nothing.
Answer read_answer(const net::HttpResponse& response, net::SystemTime now,
                   const std::vector<std::string_view>& never_shown = {},
                   const std::vector<net::SecretString>& shown_without = {});

// Returns the value of a parameter in the query of a redirect's address; empty if it is missing.
// Never show it as it is.
std::string location_parameter(std::string_view location, std::string_view name);

// Overwrites the parts that may hold tokens, once the answer is classified.
void wipe(Answer& answer);

// Returns printable text from a stranger's: control characters and invalid UTF-8 are replaced, and
// it has at most `max_characters`.
std::string printable(std::string_view text, std::size_t max_characters = 200);

}  // namespace oauth
