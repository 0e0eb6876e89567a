#include "oauth/verification/messages.h"

#include <string_view>

namespace oauth {
namespace {

struct Message {
  MessageId id;
  const char* name;
  // {endpoint}: "The token endpoint"; {own} and {control}: summaries of the two answers; {own.said}
  // and {control.said}: what was read, in whole sentences; {method}; {field}: the endpoint's.
  std::string_view text;
};

constexpr auto kMessages = std::to_array<Message>({
    {MessageId::AsRead, "AsRead", "{own.said}"},
    {MessageId::RefusedBesideTheFlow, "RefusedBesideTheFlow",
     "{own.said} This may hold for this endpoint alone. If it does not, set the Offering's "
     "verification.method to {method}."},
    {MessageId::RefusedLikeTheControl, "RefusedLikeTheControl",
     "{own.said} It accepted this client earlier, and now answers as it does to a made-up secret."},
    {MessageId::RefusedLikeTheControlBesideTheFlow, "RefusedLikeTheControlBesideTheFlow",
     "{own.said} It accepted this client earlier, and now answers as it does to a made-up secret. "
     "This may hold for this endpoint alone. If it does not, set the Offering's "
     "verification.method to {method}."},
    {MessageId::ProvedNothingEarlier, "ProvedNothingEarlier",
     "{own.said} It did not tell secrets apart when the operator last tried it."},
    {MessageId::ConfirmedEarlier, "ConfirmedEarlier",
     "{endpoint} accepted the client ({own}), and refused a made-up secret when the operator last "
     "tried one."},
    {MessageId::ConfirmedByAnotherSecret, "ConfirmedByAnotherSecret",
     "{endpoint} accepted the client ({own}), and refused another secret."},
    {MessageId::ConfirmedByControl, "ConfirmedByControl",
     "{endpoint} accepted the client ({own}), and refused a made-up secret ({control})."},
    {MessageId::GrantNotAllowedByControl, "GrantNotAllowedByControl",
     "{endpoint} accepted the client ({own}), and refused a made-up secret ({control}), but this "
     "client may not use the authorization code grant. Allow it in the provider's app settings."},
    {MessageId::AcceptedBoth, "AcceptedBoth",
     "{endpoint} accepted the client ({own}), but also accepted a made-up secret ({control}). It "
     "does not check the secret, so this proves nothing."},
    {MessageId::AcceptedBothBefore, "AcceptedBothBefore",
     "{endpoint} accepted the client ({own}), but did not refuse a made-up secret either, so this "
     "proves nothing."},
    {MessageId::ControlAnsweredOtherwise, "ControlAnsweredOtherwise",
     "{endpoint} accepted the client ({own}). It answered a made-up secret differently "
     "({control}), but did not refuse it by name. If this provider refuses clients that way, add a "
     "rule for it to verification.rules: subject Credentials, verdict Rejected."},
    {MessageId::ControlNotRefused, "ControlNotRefused",
     "{endpoint} accepted the client ({own}), but did not clearly refuse a made-up secret "
     "({control}), so this proves nothing."},
    {MessageId::ControlOfRefusalUnclear, "ControlOfRefusalUnclear",
     "{own.said} It answered a made-up secret with {control}, so this proves nothing."},
    {MessageId::ControlLeftOut, "ControlLeftOut",
     "{endpoint} accepted the client ({own}), but the operator has not tried a made-up secret. The "
     "operator asked nothing more: further failed sign-ins might lock the client out. Set the "
     "Offering's verification.method to the method that tells right from wrong."},
    {MessageId::ControlUnreachable, "ControlUnreachable",
     "{endpoint} accepted the client ({own}), but the operator still has to try a made-up secret. "
     "{control.said}"},
    {MessageId::ControlOfRefusalUnreachable, "ControlOfRefusalUnreachable",
     "{own.said} The operator still has to try a made-up secret. {control.said}"},
    {MessageId::StumblesOnceIn, "StumblesOnceIn",
     "{endpoint} answered {own}, and refused a made-up secret ({control}). If it answers so to "
     "clients that it accepts, add a rule to verification.rules: httpStatus 500, subject "
     "Credentials, verdict Verified."},
    {MessageId::CodeNotRefused, "CodeNotRefused",
     "It answered {control} to an authorization code, so the refusal may hold for client "
     "credentials alone. Name another method in the Offering's verification.method."},
    {MessageId::EnoughFailed, "EnoughFailed",
     "The operator asked nothing more: further failed sign-ins might lock the client out. Set the "
     "Offering's verification.method to the method that tells right from wrong."},
    {MessageId::EncodingLeftOpen, "EncodingLeftOpen",
     "If both are right, set the Offering's basicEncoding to Raw: some providers do not decode "
     "what RFC 6749 2.3.1 encodes. The operator did not try this, because further failed sign-ins "
     "might lock the client out."},
    {MessageId::EncodingUnreachable, "EncodingUnreachable",
     "Not yet known: whether it expects them unencoded. {control.said}"},
    {MessageId::WantsRaw, "WantsRaw",
     "Not proven. {endpoint} refuses the credentials as RFC 6749 2.3.1 encodes them, and accepts "
     "them unencoded ({control}). Set the Offering's basicEncoding to Raw."},
    {MessageId::MethodOff, "MethodOff",
     "Not proven: the Offering turns the verification of credentials off (verification.method: "
     "None)."},
    {MessageId::NoEndpoint, "NoEndpoint",
     "Not proven: verification method {method} needs the Offering's {field}, which is neither "
     "discovered nor given."},
    {MessageId::WhatToDo, "WhatToDo",
     "Check the endpoints of the Offering; if you know what these answers mean, add a rule to its "
     "verification.rules; or accept unproven credentials with verification.onUnverifiable: Allow."},
    {MessageId::NoneOfTheSecrets, "NoneOfTheSecrets", "The provider accepts none of the secrets."},
    {MessageId::CodeWasRefused, "CodeWasRefused",
     "It refused an authorization code ({control}), as it does for a callback URL that is not "
     "registered."},
});
static_assert(kMessages.size() == count_of<MessageId>(), "a MessageId has no text");
static_assert(is_in_order(kMessages, &Message::id), "texts are not in order");

std::string value_of(std::string_view name, const MessageFacts& facts) {
  if (name == "endpoint") return std::string("The ") + endpoint_kind(facts.method);
  if (name == "own") return facts.own.summary;
  if (name == "own.said") return facts.own.message;
  if (name == "control") return facts.control.summary;
  if (name == "control.said") return facts.control.message;
  if (name == "method") return to_string(facts.method);
  return endpoint_field(facts.method);
}

}  // namespace

std::string text_of(MessageId id, const MessageFacts& facts) {
  std::string result;
  std::string_view rest = pattern_of(id);
  for (std::size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    const std::size_t close = rest.find('}', open);
    result += rest.substr(0, open);
    result += value_of(rest.substr(open + 1, close - open - 1), facts);
    rest.remove_prefix(close + 1);
  }
  return result + std::string(rest);
}

std::string_view pattern_of(MessageId id) { return row_of(kMessages, id).text; }

const char* to_string(MessageId id) { return row_of(kMessages, id).name; }

}  // namespace oauth
