#include "operator/admission_rules.h"

#include <algorithm>
#include <string>
#include <vector>

#include "net/time_format.h"
#include "net/url.h"

namespace op {

namespace {

using net::Json;
using std::string_view;

constexpr string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr string_view kDigits = "0123456789";

bool made_of(string_view text, const std::string& characters) {
  return !text.empty() && text.find_first_not_of(characters) == string_view::npos;
}

const std::string& letters_and_digits() {
  static const std::string all = std::string{kLetters} + std::string{kDigits};
  return all;
}

string_view text_of(const Json& value) { return value.get_ref<const std::string&>(); }

bool has(const Json& object, const char* key) { return object.contains(key); }

const Json& list_at(const Json& object, const char* key) {
  static const Json none = Json::array();
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

bool contains(const Json& list, const Json& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

template <class Check>
bool all_of(const Json& list, Check check) {
  return std::all_of(list.begin(), list.end(), check);
}

// Printable ASCII without spaces, and what net::parse_url() refuses (user info, fragments).
bool is_url(const Json& value) {
  const string_view text = text_of(value);
  return net::parse_url(text).ok() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_issuer(const Json& value) {
  return is_url(value) && text_of(value).find('?') == string_view::npos;
}

bool is_https_or_loopback(const Json& value) {
  const auto url = net::parse_url(text_of(value));
  return text_of(value).starts_with("https://") || (url.ok() && url->is_loopback());
}

bool is_host(const Json& value) {
  const string_view text = text_of(value);
  const auto url = net::parse_url("https://" + std::string{text});
  return url.ok() && text.find_first_of("/?#") == string_view::npos && !text.ends_with(":") &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; }) &&
         text.find('*') == string_view::npos && url->port != 0;
}

// RFC 6749 3.3.
bool is_of_a_scope(char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; }

bool is_scope(const Json& value) {
  const string_view text = text_of(value);
  return std::all_of(text.begin(), text.end(), is_of_a_scope);
}

bool are_scopes(const Json& value) {
  const string_view text = text_of(value);
  const auto fits = [](char c) { return c == ' ' || is_of_a_scope(c); };
  return std::all_of(text.begin(), text.end(), fits) && !text.starts_with(' ') &&
         !text.ends_with(' ') && text.find("  ") == string_view::npos;
}

bool scopes_are_disjoint(const Json& scopes) {
  const Json& optional = list_at(scopes, "optional");
  return all_of(list_at(scopes, "required"),
                [&](const Json& scope) { return !contains(optional, scope); });
}

bool scopes_have_no_separator(const Json& scopes) {
  const std::string separator = scopes.value("separator", " ");
  const auto without = [&](const Json& scope) {
    return text_of(scope).find(separator) == string_view::npos;
  };
  return separator == " " || (all_of(list_at(scopes, "required"), without) &&
                              all_of(list_at(scopes, "optional"), without));
}

bool has_none_of(const Json& object, const std::vector<const char*>& names) {
  return std::none_of(names.begin(), names.end(),
                      [&](const char* name) { return has(object, name); });
}

bool has_no_authorization_parameter(const Json& object) {
  return has_none_of(
      object, {"response_type", "response_mode", "client_id", "client_secret", "client_assertion",
               "client_assertion_type", "redirect_uri", "scope", "state", "nonce", "code_challenge",
               "code_challenge_method", "request", "request_uri", "registration", "dpop_jkt"});
}

bool has_no_token_parameter(const Json& object) {
  return has_none_of(object,
                     {"grant_type", "code", "redirect_uri", "client_id", "client_secret",
                      "client_assertion", "client_assertion_type", "code_verifier", "refresh_token",
                      "scope", "username", "password", "assertion", "token", "token_type_hint"});
}

bool names_parameters(const Json& object) {
  for (const auto& [name, value] : object.items())
    if (name.size() > 64 || !made_of(name, letters_and_digits() + "._~-")) return false;
  return true;
}

bool lasts(const Json& value, net::Duration at_least) {
  const string_view text = text_of(value);
  const auto duration = net::parse_duration(text);
  return duration.ok() && text.find_first_of("un") == string_view::npos && *duration >= at_least;
}

bool is_refreshed_before_its_end(const Json& tokens) {
  if (!has(tokens, "defaultLifetime") || !has(tokens, "refreshBefore")) return true;
  const auto lifetime = net::parse_duration(text_of(tokens["defaultLifetime"]));
  const auto before = net::parse_duration(text_of(tokens["refreshBefore"]));
  return lifetime.ok() && before.ok() && *before < *lifetime;
}

bool has_endpoints(const Json& spec, const std::vector<const char*>& names) {
  if (has(spec, "issuer")) return true;
  const auto endpoints = spec.find("endpoints");
  return endpoints != spec.end() && std::all_of(names.begin(), names.end(), [&](const char* name) {
           return has(*endpoints, name);
         });
}

bool has_endpoint_of(const Json& spec, const char* method, const char* endpoint) {
  const auto verification = spec.find("verification");
  const bool named = verification != spec.end() && verification->value("method", "Auto") == method;
  return !named || has_endpoints(spec, {endpoint});
}

bool may_be_unverified(const Json& verification) {
  return verification.value("method", "Auto") != "None" ||
         verification.value("onUnverifiable", "Block") == "Allow";
}

bool is_label(string_view text) {
  const std::size_t slash = text.find('/');
  const string_view name = slash == string_view::npos ? text : text.substr(slash + 1);
  const auto edge = [](char c) { return letters_and_digits().find(c) != std::string::npos; };
  return slash != 0 && name.size() <= 63 && made_of(name, letters_and_digits() + "-_.") &&
         edge(name.front()) && edge(name.back());
}

bool names_labels(const Json& object) {
  for (const auto& [name, value] : object.items())
    if (!is_label(name)) return false;
  return true;
}

bool demands_fit(const Json& expression) {
  const std::string demand = expression.value("operator", "");
  return (demand == "In" || demand == "NotIn") == !list_at(expression, "values").empty();
}

struct Rule {
  string_view message;  // its beginning
  bool (*holds)(const Json& value);
};

constexpr Rule kRules[] = {
    {"the name of an Offering becomes a part of",
     [](const Json& v) { return text_of(v["metadata"]["name"]).size() <= 63; }},
    {"the issuer can be neither changed nor", [](const Json&) { return true; }},
    {"without spec.issuer there is nothing to discover",
     [](const Json& v) {
       return has_endpoints(v, {"authorization", "token"});
     }},
    {"the method PushedAuthorizationRequest needs",
     [](const Json& v) {
       return has_endpoint_of(v, "PushedAuthorizationRequest", "pushedAuthorizationRequest");
     }},
    {"the method Introspection needs",
     [](const Json& v) { return has_endpoint_of(v, "Introspection", "introspection"); }},
    {"the method Revocation needs",
     [](const Json& v) { return has_endpoint_of(v, "Revocation", "revocation"); }},
    {"must be an absolute URL without user info, query,", is_issuer},
    {"must be an absolute URL without user info, fragment,", is_url},
    {"must begin with https://", is_https_or_loopback},
    {"must be a host or host:port", is_host},
    {"leave out :443", [](const Json& v) { return !text_of(v).ends_with(":443"); }},
    {"a scope is either required or optional", scopes_are_disjoint},
    {"a scope must not contain the separator", scopes_have_no_separator},
    {"must be a single scope", is_scope},
    {"must be scopes with one space", are_scopes},
    {"is for the method ClientCredentials alone",
     [](const Json& v) {
       return !has(v, "clientCredentialsScope") || v.value("method", "Auto") == "ClientCredentials";
     }},
    {"only extra parameters belong here; the operator itself sends what the protocol needs: remove "
     "response_type",
     has_no_authorization_parameter},
    {"only extra parameters belong here; the operator itself sends what the protocol needs: remove "
     "grant_type",
     has_no_token_parameter},
    {"the names of parameters are", names_parameters},
    {"becomes a key of a Secret",
     [](const Json& v) { return made_of(text_of(v), letters_and_digits() + "-._"); }},
    {"refresh_token and id_token are never",
     [](const Json& v) { return v != "refresh_token" && v != "id_token"; }},
    {"access_token, token_type, expires_at and scope are written",
     [](const Json& v) {
       return v != "access_token" && v != "token_type" && v != "expires_at" && v != "scope";
     }},
    {"must be shorter than defaultLifetime", is_refreshed_before_its_end},
    {"must be a duration of at least 1m ",
     [](const Json& v) { return lasts(v, std::chrono::minutes{1}); }},
    {"must be a duration of at least 10s ",
     [](const Json& v) { return lasts(v, std::chrono::seconds{10}); }},
    {"must be a duration of at least 10m ",
     [](const Json& v) { return lasts(v, std::chrono::minutes{10}); }},
    {"with the method None nothing is ever verified", may_be_unverified},
    {"a rule without criteria",
     [](const Json& v) {
       return has(v, "httpStatus") || has(v, "error") || has(v, "descriptionContains");
     }},
    {"must be one or more PEM certificates",
     [](const Json& v) {
       return text_of(v).starts_with("-----BEGIN CERTIFICATE-----") &&
              text_of(v).find("-----END CERTIFICATE-----") != string_view::npos;
     }},
    {"from: Selector and a selector belong together",
     [](const Json& v) { return (v.value("from", "All") == "Selector") == has(v, "selector"); }},
    {"the keys must be names of labels", names_labels},
    {"In and NotIn need values", demands_fit},
};

}  // namespace

RuleCheck check_rule(std::string_view message, const net::Json& value) {
  for (const Rule& rule : kRules)
    if (message.starts_with(rule.message))
      return rule.holds(value) ? RuleCheck::Holds : RuleCheck::Broken;
  return RuleCheck::Unknown;
}

}  // namespace op
