#include "oauth/protocol/provider.h"

namespace oauth {

// Without a default on purpose: an enumerator without a name does not compile.
const char* to_string(BasicEncoding encoding) {
  switch (encoding) {
    case BasicEncoding::FormEncoded:
      return "FormEncoded";
    case BasicEncoding::Raw:
      return "Raw";
  }
  return "Unknown";
}

const char* to_string(Pkce pkce) {
  switch (pkce) {
    case Pkce::S256:
      return "S256";
    case Pkce::None:
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
