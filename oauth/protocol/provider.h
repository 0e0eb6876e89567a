// A provider as the engine knows it: endpoints and settings. Plain data, whatever its source.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oauth/protocol/client_authentication.h"
#include "oauth/protocol/endpoints.h"
#include "oauth/protocol/methods.h"
#include "oauth/protocol/verdict.h"

namespace oauth {

// FormEncoded is the RFC's; Raw is for providers that do not decode the two parts.
enum class BasicEncoding { FormEncoded, Raw };
const char* to_string(BasicEncoding encoding);
// Proof Key for Code Exchange (RFC 7636).
enum class Pkce { S256, None };
const char* to_string(Pkce pkce);

// A provider's own way of answering; it precedes the RFCs' defaults (classify.h).
struct Rule {
  std::optional<int> http_status;
  std::string error_field = "error";
  std::string error;                 // equal to the field's value (of a number or a boolean: to
                                     // its JSON text, "false"); empty: any
  std::string description_contains;  // substring of error_description (or of the whole text, where
                                     // it is no JSON)
  Subject subject = Subject::Credentials;
  Verdict verdict = Verdict::Unverifiable;
  std::string message;  // for the person who reads the condition
  bool operator==(const Rule&) const = default;
};

struct Provider {
  std::string issuer;  // empty where the endpoints were given by hand
  Endpoints endpoints;
  ClientAuthentication client_authentication = ClientAuthentication::ClientSecretBasic;
  BasicEncoding basic_encoding = BasicEncoding::FormEncoded;
  Pkce pkce = Pkce::S256;
  std::string scope_separator = " ";
  std::map<std::string, std::string> authorization_parameters;
  std::map<std::string, std::string> token_parameters;
  Method method = Method::Auto;
  std::string client_credentials_scope;  // of Method::ClientCredentials; empty: requests none
  bool check_callback = true;
  std::vector<Rule> rules;
  std::string ca_bundle_pem;
};

}  // namespace oauth
