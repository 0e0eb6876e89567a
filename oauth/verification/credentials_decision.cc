#include "oauth/verification/credentials_decision.h"

namespace oauth {
namespace {

using Seen = Decision::Seen;

constexpr auto kVerified = CredentialsOutcome::Verified;
constexpr auto kRejected = CredentialsOutcome::Rejected;
constexpr auto kUnverifiable = CredentialsOutcome::Unverifiable;
constexpr auto kUnreachable = CredentialsOutcome::Unreachable;

constexpr Decision kMakeControl{};

// An endpoint beside the flow may be closed to a good client: public clients have nothing to revoke
// with, and some providers offer introspection only to resource servers. Its refusal decides only
// if the Offering names the method.
Decision refused(MethodClass method, MessageId decides, MessageId beside_the_flow) {
  if (method == MethodClass::BesideTheFlow)
    return {kUnverifiable, beside_the_flow, Seen::OwnRefused};
  return {kRejected, decides, Seen::OwnRefused};
}

Decision refused(MethodClass method) {
  return refused(method, MessageId::AsRead, MessageId::RefusedBesideTheFlow);
}

// Believes only a method that was seen to refuse another secret.
Decision of_accepted(ControlSign control) {
  switch (control) {
    case ControlSign::NotMade:
      return kMakeControl;
    case ControlSign::RefusedEarlier:
      return {kVerified, MessageId::ConfirmedEarlier};
    case ControlSign::ProvedNothingEarlier:
      return {kUnverifiable, MessageId::ProvedNothingEarlier};
    case ControlSign::RefusedAnother:
      return {kVerified, MessageId::ConfirmedByAnotherSecret, Seen::ControlRefused};
    case ControlSign::NotRefusedBefore:
      return {kUnverifiable, MessageId::AcceptedBothBefore};
    case ControlSign::LeftOut:
      return {kUnverifiable, MessageId::ControlLeftOut};
    case ControlSign::Refused:
    case ControlSign::RefusedByStatus:
      return {kVerified, MessageId::ConfirmedByControl, Seen::ControlRefused};
    case ControlSign::AcceptedAlike:
      return {kUnverifiable, MessageId::AcceptedBoth, Seen::ControlNotRefused};
    case ControlSign::AcceptedOtherwise:
      return {kUnverifiable, MessageId::ControlAnsweredOtherwise, Seen::ControlNotRefused};
    case ControlSign::RefusedOrNotAllowed:
    case ControlSign::Unclear:
      return {kUnverifiable, MessageId::ControlNotRefused, Seen::ControlNotRefused};
    case ControlSign::Unreachable:
      return {kUnreachable, MessageId::ControlUnreachable};
  }
  return {kUnverifiable};
}

// A client without this grant gets such a refusal, too. If the server refuses a made-up secret in
// other words, it accepted this client; two equal refusals are a refusal.
Decision of_refused_or_not_allowed(ControlSign control, MethodClass method) {
  switch (control) {
    case ControlSign::NotMade:
    case ControlSign::RefusedEarlier:
    case ControlSign::RefusedAnother:
    case ControlSign::NotRefusedBefore:
      return kMakeControl;
    case ControlSign::ProvedNothingEarlier:
      return {kUnverifiable, MessageId::ProvedNothingEarlier};
    case ControlSign::LeftOut:
    case ControlSign::RefusedOrNotAllowed:
      return refused(method);
    case ControlSign::Refused:
      if (method == MethodClass::CodeGrant)
        return {CredentialsOutcome::GrantNotAllowed, MessageId::GrantNotAllowedByControl};
      return {kVerified, MessageId::ConfirmedByControl, Seen::ControlRefused};
    case ControlSign::RefusedByStatus:
    case ControlSign::AcceptedAlike:
    case ControlSign::AcceptedOtherwise:
    case ControlSign::Unclear:
      return {kUnverifiable, MessageId::ControlOfRefusalUnclear};
    case ControlSign::Unreachable:
      return {kUnreachable, MessageId::ControlOfRefusalUnreachable};
  }
  return {kUnverifiable};
}

// A 500 is no reason to wait if the server refuses a made-up secret: it fails at made-up values.
Decision of_stumbled(ControlSign control) {
  if (control < ControlSign::LeftOut) return kMakeControl;
  if (control == ControlSign::Refused) return {kUnverifiable, MessageId::StumblesOnceIn};
  return {kUnreachable};
}

}  // namespace

MethodClass class_of(Method method, bool by_auto) {
  if (traits(method).code_grant) return MethodClass::CodeGrant;
  return by_auto && traits(method).beside_the_flow ? MethodClass::BesideTheFlow
                                                   : MethodClass::OtherGrant;
}

Decision decide(OwnSign own, ControlSign control, MethodClass method) {
  switch (own) {
    case OwnSign::Accepted:
      return of_accepted(control);
    case OwnSign::Refused:
      return refused(method);
    case OwnSign::RefusedLikeTheControl:
      return refused(method, MessageId::RefusedLikeTheControl,
                     MessageId::RefusedLikeTheControlBesideTheFlow);
    case OwnSign::GrantNotAllowed:
      return {CredentialsOutcome::GrantNotAllowed};
    case OwnSign::RefusedOrNotAllowed:
      return of_refused_or_not_allowed(control, method);
    case OwnSign::Unclear:
    case OwnSign::StumbledLater:
      return {kUnverifiable};
    case OwnSign::Unreachable:
      return {kUnreachable};
    case OwnSign::Stumbled:
      return of_stumbled(control);
  }
  return {kUnverifiable};
}

OwnSign own_sign_of(const Reading& own) {
  switch (own.credentials) {
    case CredentialsSign::Accepted:
      return OwnSign::Accepted;
    case CredentialsSign::Refused:
      return OwnSign::Refused;
    case CredentialsSign::GrantNotAllowed:
      return OwnSign::GrantNotAllowed;
    case CredentialsSign::RefusedOrNotAllowed:
      return OwnSign::RefusedOrNotAllowed;
    case CredentialsSign::Unclear:
      return OwnSign::Unclear;
    case CredentialsSign::Unreachable:
      return is_stumble(own) ? OwnSign::Stumbled : OwnSign::Unreachable;
  }
  return OwnSign::Unclear;
}

ControlSign control_sign_of(const Reading& own, const Reading& control) {
  if (control.credentials == CredentialsSign::Unreachable) return ControlSign::Unreachable;
  if (control.credentials == CredentialsSign::Refused) return ControlSign::Refused;
  if (refuses_control(own, control)) return ControlSign::RefusedByStatus;
  switch (control.credentials) {
    case CredentialsSign::Accepted:
      return control.summary == own.summary ? ControlSign::AcceptedAlike
                                            : ControlSign::AcceptedOtherwise;
    case CredentialsSign::RefusedOrNotAllowed:
      return ControlSign::RefusedOrNotAllowed;
    case CredentialsSign::GrantNotAllowed:
    case CredentialsSign::Unclear:
    case CredentialsSign::Refused:
    case CredentialsSign::Unreachable:
      break;
  }
  return ControlSign::Unclear;
}

bool is_stumble(const Reading& reading) {
  return reading.credentials == CredentialsSign::Unreachable && reading.http_status == 500 &&
         reading.rule == 0;
}

}  // namespace oauth
