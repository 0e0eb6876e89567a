// Decides when an answer about credentials is believed: the decision table of docs/verification.md,
// as a pure function. credentials_check.cc decides the order of requests.
#pragma once

#include <optional>

#include "oauth/protocol/table.h"
#include "oauth/verification/classify.h"
#include "oauth/verification/messages.h"
#include "oauth/verification/verifier.h"

namespace oauth {

// The answer to the client's own secret.
enum class OwnSign {
  Accepted,
  Refused,
  RefusedLikeTheControl,  // an unclear 401, word for word what the made-up secret got earlier
  GrantNotAllowed,
  RefusedOrNotAllowed,
  Unclear,
  Unreachable,
  Stumbled,       // a 500 to the first request: an outage, or its way to answer a client
  StumbledLater,  // a 500 after other answers: no outage
};

// The knowledge about a secret that cannot be right, at the same method.
enum class ControlSign {
  // Before this call sends one:
  NotMade,
  RefusedEarlier,        // in an earlier verification of the same inputs
  ProvedNothingEarlier,  // Auto went on to another method then
  RefusedAnother,        // in this verification, another of the client's secrets
  NotRefusedBefore,      // in this verification, with another of the client's secrets
  // Instead of one:
  LeftOut,  // another failed sign-in might lock the client out
  // The answer to it:
  Refused,          // by name
  RefusedByStatus,  // by a 401 that the own secret did not get
  RefusedOrNotAllowed,
  AcceptedAlike,      // the same answer as to the own secret
  AcceptedOtherwise,  // another answer that servers give to accepted clients
  Unclear,
  Unreachable,
};

// Decides the consequence of a refusal, and of a client without the grant.
enum class MethodClass {
  CodeGrant,      // requests the grant by which users connect
  OtherGrant,     // or was named in the Offering: its refusal decides
  BesideTheFlow,  // tried by Auto: may be closed to a good client
};
MethodClass class_of(Method method, bool by_auto);

struct Decision {
  // The observation about the method, for the client's other secrets and for later verifications.
  enum class Seen { Nothing, OwnRefused, ControlRefused, ControlNotRefused };

  std::optional<CredentialsOutcome> outcome;  // nothing: make a control (or leave it out)
  MessageId message = MessageId::AsRead;
  Seen seen = Seen::Nothing;
  bool operator==(const Decision&) const = default;
};

// Total: each combination has a decision. Needs a control only if none was sent or left out.
Decision decide(OwnSign own, ControlSign control, MethodClass method);

OwnSign own_sign_of(const Reading& own);
// Returns none of the signs before LeftOut.
ControlSign control_sign_of(const Reading& own, const Reading& control);

// A 500 without a rule: perhaps no outage, but a server that fails at this request each time.
bool is_stumble(const Reading& reading);

}  // namespace oauth
