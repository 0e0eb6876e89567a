// The texts of verdicts, each by its id: what happened, and what to do. Tests assert ids; the texts
// stand in tests/unit/oauth/verification/messages.golden, too.
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
  GrantNotAllowedByControl,  // the same, where the grant is the one that users come by
  AcceptedBoth,              // own and made-up secret got the same answer
  AcceptedBothBefore,        // the same, with another secret of the client
  ControlAnsweredOtherwise,  // neither the same answer nor a refusal
  ControlNotRefused,         // another answer that is no refusal
  ControlOfRefusalUnclear,   // a refusal of client or grant; the made-up secret does not tell which
  ControlLeftOut,            // another failed sign-in might lock the client out
  ControlUnreachable,
  ControlOfRefusalUnreachable,
  StumblesOnceIn,  // 500, where a made-up secret is refused
  // Of doubts about a refusal; each is added to the message of the refusal.
  CodeNotRefused,  // the grant for the client's own tokens alone is refused
  EnoughFailed,
  EncodingLeftOpen,
  EncodingUnreachable,
  WantsRaw,  // in place of it
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

// What a text may quote. `own` and `control` are answers to the own and to the made-up secret.
struct MessageFacts {
  Method method = Method::None;
  Reading own;
  Reading control;
  std::string quoted;  // whatever else: an answer, a callback URL, scopes
};

// A sentence or more (or the rest of one), with a full stop at the end. Thread-safe: no state.
std::string text_of(MessageId id, const MessageFacts& facts = {});
// The same, of a text that quotes nothing else.
std::string text_quoting(MessageId id, std::string quoted);
// For tests: the name of the id, "ConfirmedByControl", and its text with placeholders in braces.
const char* to_string(MessageId id);
std::string_view pattern_of(MessageId id);

}  // namespace oauth
