// The texts of verdicts, each by its id. A text says what happened, and then what to do. Tests
// assert ids; tests/unit/oauth/verification/messages.golden also has the texts.
#pragma once

#include <string>
#include <string_view>

#include "oauth/protocol/methods.h"
#include "oauth/protocol/table.h"
#include "oauth/verification/classify.h"

namespace oauth {

enum class MessageId {
  // Of one method and one secret.
  AsRead,                 // the reading of the own answer says it all
  RefusedBesideTheFlow,   // a refusal that may hold for this endpoint alone
  RefusedLikeTheControl,  // an unclear 401 that the made-up secret got, too
  RefusedLikeTheControlBesideTheFlow,
  ProvedNothingEarlier,      // no control: it accepted a made-up secret when it was last tried
  ConfirmedEarlier,          // accepted; a made-up secret was refused in an earlier verification
  ConfirmedByAnotherSecret,  // accepted; another secret of the client was refused
  ConfirmedByControl,        // accepted; a made-up secret was refused
  GrantNotAllowedByControl,  // the same, for the grant that users need
  AcceptedBoth,              // own and made-up secret got the same answer
  AcceptedBothBefore,        // the same, with another secret of the client
  ControlAnsweredOtherwise,  // neither the same answer nor a refusal
  ControlNotRefused,         // another answer that is no refusal
  ControlOfRefusalUnclear,   // a refusal of client or grant; the made-up secret does not show which
  ControlLeftOut,            // another failed sign-in might lock the client out
  ControlUnreachable,
  ControlOfRefusalUnreachable,
  StumblesOnceIn,  // 500, but refuses a made-up secret
  // Of doubts about a refusal; each follows the message of the refusal.
  CodeNotRefused,  // the grant for the client's own tokens alone is refused
  EnoughFailed,
  EncodingLeftOpen,
  EncodingUnreachable,
  WantsRaw,  // replaces it
  // Of all methods together.
  MethodOff,
  NoEndpoint,
  WhatToDo,
  NoneOfTheSecrets,
  CodeWasRefused,
  // Of one answer (classify.h). Each follows "The token endpoint answered 400 invalid_grant: ".
  ReadRefused,
  ReadGrantNotAllowed,
  ReadGrantNotAllowedOrUnknown,
  ReadNotThisGrant,
  ReadUnclear,
  ReadRefusedOrNotAllowed,
  ReadOtherStyle,
  ReadPassing,
  ReadUnexplained401,
  ReadNotSuchAnEndpoint,
  ReadNotSuchAnEndpointButJson,
  ReadPushed,
  ReadScopesRefused,
  ReadCallbackRefused,
  ReadTooGood,
  ReadCodeRefused,
  ReadRequestBlamed,
  ReadTokenIssued,
  ReadTokenInactive,
  ReadNothingToRevoke,
  // Of a failed call; each follows "The token endpoint gave ".
  NoAnswer,
  NoAnswerTls,
  OversizedAnswer,
  // Of the callback; `quoted` is the answer, or the callback URL.
  CallbackAccepted,
  CallbackRefused,
  CallbackUnreachable,
  CallbackStumbled,
  CallbackOpen,
  CallbackNotSuchAnEndpoint,
  CallbackAlike,
  CallbackUnclear,
  CallbackRuleWithoutControl,
  PushedCallbackAcceptedEarlier,
  PushedCallbackAccepted,
  PushedCallbackNotRefused,
  CallbackContradiction,
  NoAuthorizationEndpoint,
  RegisterCallback,
  MakeSureOfCallback,
  CallbackCheckOff,
  CallbackNotAsked,
  CallbackMayBeTheReason,
  // Of scopes and grants; `quoted` is an answer, or the scopes.
  ScopesRefused,
  ScopesAccepted,
  ScopesAskedFor,
  CodesNotAllowed,
  CodesRefused,
  AuthorizationRefused,
  // Of a whole verification.
  MayBeExchanged,
  Stopped,
};

// The facts that a text may quote. `own` and `control` are answers to the own and to the made-up
// secret.
struct MessageFacts {
  Method method = Method::None;
  Reading own;
  Reading control;
  std::string quoted;  // anything else: an answer, a callback URL, scopes
};

// Returns a sentence or more (or the rest of one), with a full stop. Thread-safe: no state.
std::string text_of(MessageId id, const MessageFacts& facts = {});
// Returns the text of an id that quotes nothing else.
std::string text_quoting(MessageId id, std::string quoted);
// For tests: the name of the id, "ConfirmedByControl", and its text with placeholders in braces.
const char* to_string(MessageId id);
std::string_view pattern_of(MessageId id);

}  // namespace oauth
