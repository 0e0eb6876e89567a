#include "oauth/provider.h"

namespace oauth {

const char* to_string(Method method) {
  switch (method) {
    case Method::Auto:
      return "Auto";
    case Method::PushedAuthorizationRequest:
      return "PushedAuthorizationRequest";
    case Method::AuthorizationCode:
      return "AuthorizationCode";
    case Method::RefreshToken:
      return "RefreshToken";
    case Method::Introspection:
      return "Introspection";
    case Method::Revocation:
      return "Revocation";
    case Method::ClientCredentials:
      return "ClientCredentials";
    case Method::None:
      return "None";
  }
  return "Unknown";
}

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Verified:
      return "Verified";
    case Verdict::Rejected:
      return "Rejected";
    case Verdict::Unverifiable:
      return "Unverifiable";
    case Verdict::Unreachable:
      return "Unreachable";
  }
  return "Unknown";
}

const char* to_string(Subject subject) {
  switch (subject) {
    case Subject::Credentials:
      return "Credentials";
    case Subject::Callback:
      return "Callback";
    case Subject::Scopes:
      return "Scopes";
  }
  return "Unknown";
}

}  // namespace oauth
