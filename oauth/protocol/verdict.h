// The results of a verification.
#pragma once

namespace oauth {

// Never two: "not proven" and "disproven" are different things, and neither of them is an outage.
enum class Verdict {
  Verified,      // the provider was seen to accept it, and to refuse what it should refuse
  Rejected,      // the provider refused it
  Unverifiable,  // the provider answered, but the answer proves nothing
  Unreachable,   // no usable answer for now: try again
};
const char* to_string(Verdict verdict);

// The subject of an answer.
enum class Subject { Credentials, Callback, Scopes };
const char* to_string(Subject subject);

}  // namespace oauth
