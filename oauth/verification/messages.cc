#include "oauth/verification/messages.h"

#include <string_view>

namespace oauth {
namespace {

struct Message {
  MessageId id;
  const char* name;
  // {endpoint}: "The token endpoint"; {own} and {control}: summaries of the two answers; {own.said}
  // and {control.said}: their meaning, in whole sentences; {method}; {field} and {an.endpoint}: the
  // method's endpoint, as Offerings spell it and with an article; {quoted}.
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
     "{own.said} It did not distinguish a right secret from a wrong one when the operator last "
     "tried it."},
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
     "Offering's verification.method to the method that refuses a wrong secret."},
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
     "Offering's verification.method to the method that refuses a wrong secret."},
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
    {MessageId::ReadRefused, "ReadRefused",
     "it does not accept this client id with this secret. Copy both again from the provider's app "
     "settings, and check that the app belongs to the Offering's environment. If they are right, "
     "clientAuthentication of the Offering may be wrong."},
    {MessageId::ReadGrantNotAllowed, "ReadGrantNotAllowed",
     "this client may not use the authorization code grant. Allow it in the provider's app "
     "settings."},
    {MessageId::ReadGrantNotAllowedOrUnknown, "ReadGrantNotAllowedOrUnknown",
     "this client may not use the authorization code grant. Allow it in the provider's app "
     "settings; and compare the client id, because the provider may not know it."},
    {MessageId::ReadNotThisGrant, "ReadNotThisGrant",
     "the endpoint accepted the client, but the client may not ask for this."},
    {MessageId::ReadUnclear, "ReadUnclear",
     "this does not show whether the provider accepted the client. If you know what the provider "
     "means by it, add a rule to the Offering's verification.rules."},
    {MessageId::ReadRefusedOrNotAllowed, "ReadRefusedOrNotAllowed",
     "it does not accept this client id with this secret, or the client may not use this grant. "
     "Compare both with the provider's app settings."},
    {MessageId::ReadOtherStyle, "ReadOtherStyle",
     "the client has to authenticate in another style. Set clientAuthentication of the Offering to "
     "the style in the provider's app settings."},
    {MessageId::ReadPassing, "ReadPassing", "it cannot answer at present."},
    {MessageId::ReadUnexplained401, "ReadUnexplained401",
     "a 401 without an OAuth error may refuse this client id and secret, or come from a gateway. "
     "Check both, and the Offering's {field}; if this provider refuses clients this way, add a "
     "rule to verification.rules: httpStatus 401, subject Credentials, verdict Rejected."},
    {MessageId::ReadNotSuchAnEndpoint, "ReadNotSuchAnEndpoint",
     "this does not answer like {an.endpoint}: check the Offering's {field}."},
    {MessageId::ReadNotSuchAnEndpointButJson, "ReadNotSuchAnEndpointButJson",
     "this does not answer like {an.endpoint}: check the Offering's {field}. If it is right, add a "
     "rule for this answer to verification.rules."},
    {MessageId::ReadPushed, "ReadPushed", "the endpoint accepted the pushed request."},
    {MessageId::ReadScopesRefused, "ReadScopesRefused",
     "the client may not ask for these scopes{quoted}. Allow them in the provider's app settings, "
     "or ask for fewer."},
    {MessageId::ReadCallbackRefused, "ReadCallbackRefused",
     "the endpoint refused the callback URL."},
    {MessageId::ReadTooGood, "ReadTooGood",
     "it accepted a made-up value, so its answers prove nothing. Check the Offering's {field}."},
    {MessageId::ReadCodeRefused, "ReadCodeRefused",
     "the endpoint accepted the client, and refused only the made-up code."},
    {MessageId::ReadRequestBlamed, "ReadRequestBlamed", "it blames the request, not the client."},
    {MessageId::ReadTokenIssued, "ReadTokenIssued",
     "it issued a token, which the operator dropped at once."},
    {MessageId::ReadTokenInactive, "ReadTokenInactive",
     "the endpoint accepted the client, and called the made-up token inactive."},
    {MessageId::ReadNothingToRevoke, "ReadNothingToRevoke",
     "the endpoint accepted the client, and had nothing to revoke."},
    {MessageId::NoAnswer, "NoAnswer", "no usable answer: {quoted}."},
    {MessageId::NoAnswerTls, "NoAnswerTls",
     "no usable answer: {quoted}. Check the provider's certificate, and the Offering's caBundle."},
    {MessageId::OversizedAnswer, "OversizedAnswer",
     "an answer that is too large for an OAuth endpoint: check the Offering's endpoints."},
    {MessageId::CallbackAccepted, "CallbackAccepted",
     "The authorization endpoint answered {quoted}: it accepts this callback URL, and does not "
     "accept one that is not registered."},
    {MessageId::CallbackRefused, "CallbackRefused",
     "The authorization endpoint answered {quoted}: it refuses the redirect URI."},
    {MessageId::CallbackUnreachable, "CallbackUnreachable",
     "The authorization endpoint answered {quoted}: it cannot answer at present."},
    {MessageId::CallbackStumbled, "CallbackStumbled",
     "The authorization endpoint answered {quoted}: it fails at a callback URL that nobody "
     "registered, so it proves nothing."},
    {MessageId::CallbackOpen, "CallbackOpen",
     "The authorization endpoint answered {quoted}: it also redirects to a callback URL on the "
     "same host that nobody registered, so this proves nothing. Either the app's settings have a "
     "pattern, and should have this URL alone; or the provider is an open redirector (RFC 9700 "
     "4.11): report this to the provider."},
    {MessageId::CallbackNotSuchAnEndpoint, "CallbackNotSuchAnEndpoint",
     "The authorization endpoint answered {quoted}: this does not answer like an authorization "
     "endpoint: check the Offering's endpoints.authorization."},
    {MessageId::CallbackAlike, "CallbackAlike",
     "The authorization endpoint answered {quoted}: it gives the same answer to a callback URL "
     "that nobody registered, so it proves nothing."},
    {MessageId::CallbackUnclear, "CallbackUnclear",
     "The authorization endpoint answered {quoted}: this does not show whether the callback URL is "
     "registered."},
    {MessageId::CallbackRuleWithoutControl, "CallbackRuleWithoutControl",
     "No rule refused a callback URL that nobody registered, so this proves nothing."},
    {MessageId::PushedCallbackAcceptedEarlier, "PushedCallbackAcceptedEarlier",
     "{endpoint} accepted this callback URL ({own}), and refused one that nobody registered when "
     "the operator last tried one."},
    {MessageId::PushedCallbackAccepted, "PushedCallbackAccepted",
     "{endpoint} accepted this callback URL ({own}), and refused one that nobody registered "
     "({control})."},
    {MessageId::PushedCallbackNotRefused, "PushedCallbackNotRefused",
     "{endpoint} accepted this callback URL ({own}), but did not clearly refuse one that nobody "
     "registered ({control}), so this proves nothing."},
    {MessageId::CallbackContradiction, "CallbackContradiction",
     "The two endpoints contradict each other."},
    {MessageId::NoAuthorizationEndpoint, "NoAuthorizationEndpoint",
     "There is no authorization endpoint to ask."},
    {MessageId::RegisterCallback, "RegisterCallback",
     "Register {quoted} in the provider's app settings, exactly as it is."},
    {MessageId::MakeSureOfCallback, "MakeSureOfCallback",
     "Make sure that {quoted} is in the provider's app settings, exactly as it is."},
    {MessageId::CallbackCheckOff, "CallbackCheckOff",
     "The Offering turns this check off (verification.callbackCheck: None)."},
    {MessageId::CallbackNotAsked, "CallbackNotAsked", "Not asked: the credentials come first."},
    {MessageId::CallbackMayBeTheReason, "CallbackMayBeTheReason",
     "If both are right, register the callback URL there: some servers refuse the client for that, "
     "too."},
    {MessageId::ScopesRefused, "ScopesRefused",
     "The authorization endpoint answered invalid_scope: the client may not ask for these scopes. "
     "Allow them in the provider's app settings, or ask for fewer."},
    {MessageId::ScopesAccepted, "ScopesAccepted",
     "The provider accepted a pushed request for these scopes."},
    {MessageId::ScopesAskedFor, "ScopesAskedFor", "The operator asked for: {quoted}."},
    {MessageId::CodesNotAllowed, "CodesNotAllowed",
     "But the token endpoint answered {quoted} to an authorization code: this client may not use "
     "the authorization code grant. Allow it in the provider's app settings."},
    {MessageId::CodesRefused, "CodesRefused",
     "But the token endpoint answered {quoted} to an authorization code, so nobody could connect: "
     "perhaps this client may not use the authorization code grant, or its callback URL is not "
     "registered. Compare both with the provider's app settings."},
    {MessageId::AuthorizationRefused, "AuthorizationRefused",
     "But the authorization endpoint answered {quoted}, and users would get the same: this client "
     "may not use the authorization code grant, or may not send what the Offering makes it send "
     "(pkce, authorizationParameters). Allow it in the provider's app settings."},
    {MessageId::MayBeExchanged, "MayBeExchanged",
     "By their looks, the client id and the client secret may be exchanged: compare both with the "
     "provider's app settings."},
    {MessageId::Stopped, "Stopped", "Stopped before the provider answered."},
});
static_assert(kMessages.size() == count_of<MessageId>(), "a MessageId has no text");
static_assert(is_in_order(kMessages, &Message::id), "texts are not in order");

std::string with_article(const std::string& noun) {
  const bool vowel = std::string_view("aeiou").find(noun.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + noun;
}

std::string value_of(std::string_view name, const MessageFacts& facts) {
  if (name == "endpoint") return std::string("The ") + endpoint_kind(facts.method);
  if (name == "own") return facts.own.summary;
  if (name == "own.said") return facts.own.message;
  if (name == "control") return facts.control.summary;
  if (name == "control.said") return facts.control.message;
  if (name == "quoted") return facts.quoted;
  if (name == "an.endpoint") return with_article(endpoint_kind(facts.method));
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

std::string text_quoting(MessageId id, std::string quoted) {
  MessageFacts facts;
  facts.quoted = std::move(quoted);
  return text_of(id, facts);
}

std::string_view pattern_of(MessageId id) { return row_of(kMessages, id).text; }

const char* to_string(MessageId id) { return row_of(kMessages, id).name; }

}  // namespace oauth
