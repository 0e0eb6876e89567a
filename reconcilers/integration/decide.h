// Decides what an Integration's status says, and what to do next. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/integration.h"
#include "api/offering.h"
#include "oauth/verification/verifier.h"
#include "reconcilers/common/events.h"

namespace reconcilers {

// A verification without an answer, or with one that neither confirms nor disproves an earlier
// proof, and the time of the next try. Kept in memory: after a restart one more try is fine.
struct Attempt {
  std::string hash;  // InputHash::full
  int failures = 0;
  net::SystemTime since{};  // of the first try without an answer
  net::SystemTime tried{};  // of the last one
  net::SystemTime next{};   // of the next
  std::string message;
  // The controls that failed as they must, though the rest got no answer, and when: they are not
  // made again at each try.
  std::optional<oauth::Control> control;
  net::SystemTime controlled_at{};
  // When the provider first refused the credentials that it accepted before. A refusal is believed
  // if it is repeated kBeforeRefusalIsBelieved later: until then it may be that somebody else's
  // failed sign-ins have locked the client out for a moment.
  std::optional<net::SystemTime> refused;
  bool acknowledged = false;  // a person's request led to a try: see CallbackURLChanged
  bool operator==(const Attempt&) const = default;
};

inline constexpr std::chrono::minutes kBeforeRefusalIsBelieved{1};
// The provider's Retry-After is obeyed for so long at most: another tenant's doing may have brought
// it.
inline constexpr std::chrono::minutes kLongestRetryAfter{10};

// The conditions and inputs of an Integration before a provider is asked.
struct Assessment {
  kube::Condition offering_available;
  kube::Condition scopes_valid;
  kube::Condition credentials_present;
  std::string callback_url;  // empty where the Offering does not exist
  std::string client_id;     // empty where there is none to ask with
  api::OnUnverifiable on_unverifiable = api::OnUnverifiable::Block;
  net::Duration interval = std::chrono::hours{24};  // spec.verification.interval
  // The hash of what would be asked; nothing where a condition above stands in the way.
  std::optional<oauth::InputHash> hash;
};

// Where the verification of these very inputs stands.
struct Progress {
  std::optional<net::SystemTime> running_since;
  std::optional<oauth::VerificationReport> report;  // finished, and not yet written to the status
  std::optional<net::SystemTime> answered;          // when that report came in; now, if not said
  std::optional<std::string>
      request;  // requested_at() when it was started; as it is now, if not said
  std::optional<Attempt> attempt;
  std::optional<net::SystemTime> silent_until;    // the provider wants to be left alone till then
  std::optional<net::SystemTime> sign_ins_until;  // too many sign-ins of this client have failed
};

struct Decision {
  api::IntegrationStatus status;
  bool hold = false;                    // do not write yet: the verdict may come within a second
  bool verify = false;                  // start a verification
  bool on_request = false;              // because a person asked for it
  std::optional<net::SystemTime> wake;  // look again then, at the latest
  std::optional<Attempt> attempt;       // to remember until there is an answer
  std::vector<EventIntent> events;      // to record once the status is written
};

// A verdict of the same inputs is kept until the provider gives another clear one. An outage does
// not undo it. An answer that proves nothing (a maintenance page, a moved address) does not undo
// Verified. A refusal of the credentials undoes Verified only if the provider repeats it a minute
// later. Each of them is an Attempt, and the kept condition says since when it is unconfirmed.
Decision decide(const api::Integration& integration, const Assessment& assessment,
                const Progress& progress, net::SystemTime now);

// The value of the annotation reconcile-requested-at, as far as the status can hold it: whole UTF-8
// characters of it.
std::string requested_at(const api::Integration& integration);

// The controls that need not be made again: by the status, those of the same inputs but the secret;
// or by the last try.
std::optional<oauth::Control> known_control(const api::IntegrationStatus& status,
                                            const oauth::InputHash& hash,
                                            const std::optional<Attempt>& attempt);

}  // namespace reconcilers
