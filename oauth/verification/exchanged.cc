#include "oauth/verification/exchanged.h"

#include <algorithm>
#include <array>

namespace oauth {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// 8-4-4-4-12 (RFC 9562): Entra, Xero.
bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool has(std::string_view text, bool (*kind)(char)) {
  return std::any_of(text.begin(), text.end(), kind);
}

bool is_client_id(std::string_view text) {
  constexpr std::array<std::string_view, 3> kBeginnings = {"3MVG9",    // Salesforce
                                                           "Iv1.",     // GitHub Apps
                                                           "Ov23li"};  // GitHub OAuth apps
  const auto begins = [&](std::string_view beginning) { return text.starts_with(beginning); };
  return is_uuid(text) || text.ends_with(".apps.googleusercontent.com") ||
         std::any_of(kBeginnings.begin(), kBeginnings.end(), begins) ||
         (text.size() == 20 && std::all_of(text.begin(), text.end(), is_hex));  // GitHub, once
}

// It consists of letters, digits and signs that no client id has (RFC 6749 allows them; no provider
// uses them).
bool is_client_secret(std::string_view text) {
  if (text.starts_with("GOCSPX-")) return true;  // Google
  if (text.size() < 24 || text.ends_with(".apps.googleusercontent.com")) return false;
  const bool mixed = has(text, is_lower) && has(text, is_upper) && has(text, is_digit);
  return mixed && text.find_first_of("~+/=!#$%^&*") != std::string_view::npos;  // Entra has '~'
}

// A name that a person chose. Where such names are ids, secrets may well be UUIDs (Keycloak).
bool is_a_name(std::string_view text) {
  return text.size() <= 40 && !is_uuid(text) && !has(text, is_upper) &&
         std::count_if(text.begin(), text.end(), is_digit) <= 4;
}

}  // namespace

bool look_exchanged(std::string_view client_id, std::string_view secret) {
  if (is_client_secret(client_id)) return !is_client_secret(secret);
  return is_client_id(secret) && !is_client_id(client_id) && !is_a_name(client_id);
}

}  // namespace oauth
