// The texts of an Integration's conditions and Events, each by its id, but for those that the
// provider's answer decides (oauth/verification/messages.h). Tests assert ids; the texts stand in
// tests/unit/reconcilers/integration/messages.golden, too. Pure.
#pragma once

#include <string>

namespace reconcilers {

enum class IntegrationMessage {
  // OfferingAvailable
  OfferingAvailable,
  OfferingNotFound,
  NamespaceNotAllowed,
  OfferingTerminating,
  OfferingServesUntilItGoes,
  OfferingNotReady,
  OfferingNotReadyYet,  // it does not have a condition Ready
  // ScopesValid
  ScopesValid,
  ScopesUnknown,
  RequiredScopesMissing,
  ScopesNotOffered,
  ScopesNotOfferedButOthers,  // the Offering has optional scopes
  // CredentialsPresent
  CredentialsPresent,
  PreviousSecretIgnored,  // follows CredentialsPresent; `wrong` is one of the four below
  SecretNotFound,
  SecretNotPermitted,
  KeyNeedsTheLabel,
  KeyNotFound,
  KeyEmpty,
  ValueWrong,  // `wrong` is one of the four below
  // Of a client id or a client secret. Each follows the name of the value, and has no full stop.
  IsTooLong,
  EndsWithNewline,
  HasByteOrderMark,
  HasForbiddenCharacter,
  // CredentialsVerified and CallbackRegistered, while the provider has not judged
  WaitsForConditions,
  Asking,
  WaitsForProvider,
  WaitsForSignIns,
  TooManyFailedSignIns,  // follows a colon
  NoVerdict,
  InternalError,        // follows a colon
  NotBelievedYet,       // follows the first refusal of what was verified
  KeepsPreviousSecret,  // follows the refusal of the present secret
  CallbackAskedWithCredentials,
  CallbackAskedAfterCredentials,
  CallbackNotChecked,
  CallbackUrlChanged,
  // Ready
  Configured,
  ConfiguredUnverified,
  ConfiguredCallbackUnproven,
  NotJudged,
  // An Event of its own
  PausedAnnotationIgnored,
};

struct IntegrationFacts {
  std::string offering;
  std::string ns;
  std::string secret;
  std::string key;  // of the Secret
  std::string client_id_key;
  std::string client_secret_key;
  std::string wrong;      // with a value: IsTooLong and so on
  std::string number;     // of bytes
  std::string scopes;     // "openid, email"
  std::string offered;    // the optional scopes
  std::string condition;  // its type
  std::string reason;     // of the Offering's Ready
  std::string answer;     // of the provider, the API server or the Offering, in sentences
  std::string url;
  std::string old_url;
};

// Returns a sentence or more, with a full stop at the end unless the id says otherwise.
std::string text_of(IntegrationMessage id, const IntegrationFacts& facts = {});

// For tests: the name of the id, "SecretNotFound".
const char* to_string(IntegrationMessage id);

}  // namespace reconcilers
