#include "oauth/verification/credentials_check.h"

#include <algorithm>
#include <map>

#include "oauth/verification/credentials_decision.h"
#include "oauth/verification/messages.h"

namespace oauth {
namespace {

// One method's question with one secret, and its result.
struct Judgement {
  Method method;
  const NamedSecret& secret;
  Reading own;
  CredentialsOutcome outcome = CredentialsOutcome::Unverifiable;
  std::string message;
  bool control_made = false;
  std::string control_answer;
  bool wants_raw = false;  // no other method can show more
};

void add_sentence(std::string& text, const std::string& sentence) {
  if (text.find(sentence) != std::string::npos) return;
  if (!text.empty()) text += ' ';
  text += sentence;
}

// Decides the order of questions. credentials_decision.h decides when an answer is believed.
class CredentialsCheck {
 public:
  explicit CredentialsCheck(Probe& probe) : probe_(probe) {}

  // The first secret that is not refused decides.
  CredentialsFinding run() {
    std::string refusals;
    CredentialsFinding finding;
    for (const NamedSecret& secret : probe_.request().secrets) {
      finding = ask_by_all(secret);
      if (finding.outcome != CredentialsOutcome::Rejected) {
        if (finding.outcome == CredentialsOutcome::Verified) finding.refused_key_message = refusals;
        return finding;
      }
      if (!refusals.empty()) refusals += ' ';
      refusals += secret.key + ": " + finding.message;
    }
    if (probe_.request().secrets.size() > 1)
      finding.message = text_of(MessageId::NoneOfTheSecrets, {}) + " " + refusals;
    return finding;
  }

  CredentialsFinding by_refresh_token(const CredentialsFinding& refused) {
    if (enough_failed()) return refused;
    const Judgement judgement = ask(Method::RefreshToken, *refused.secret, false);
    if (judgement.outcome != CredentialsOutcome::Verified) return refused;
    CredentialsFinding finding = refused;
    take(judgement, finding);
    add_sentence(
        finding.message,
        text_of(MessageId::CodeWasRefused,
                {.method = Method::AuthorizationCode, .own = {}, .control = *refused.code}));
    return finding;
  }

 private:
  CredentialsFinding ask_by_all(const NamedSecret& secret) {
    CredentialsFinding finding;
    finding.secret = &secret;
    std::string open = "Not proven.";
    const std::size_t nothing_open = open.size();
    std::optional<CredentialsFinding> closed;
    for (const Method method : methods_) {
      if (is_known_to_prove_nothing(method)) continue;
      if (finding.reading && enough_failed()) {
        add_sentence(open, text_of(MessageId::EnoughFailed, {}));
        break;
      }
      const Judgement judgement = ask(method, secret, open.size() == nothing_open);
      take(judgement, finding);
      if (is_closed_to_it_alone(judgement)) {
        closed = finding;
      } else if (finding.outcome != CredentialsOutcome::Unverifiable || judgement.wants_raw) {
        return finding;
      }
      add_sentence(open, finding.message);
    }
    if (closed) return *closed;
    finding.outcome = CredentialsOutcome::Unverifiable;
    finding.message = open + " " + text_of(MessageId::WhatToDo, {});
    return finding;
  }

  static void take(const Judgement& judgement, CredentialsFinding& finding) {
    finding.outcome = judgement.outcome;
    finding.message = judgement.message;
    finding.method = judgement.method;
    finding.control_made = judgement.control_made;
    finding.control_answer = judgement.control_answer;
    finding.reading = judgement.own;
    if (judgement.method == Method::AuthorizationCode) finding.code = judgement.own;
    if (traits(judgement.method).pushes) finding.pushed = judgement.own;
  }

  // RFC 9126 2.3 has unauthorized_client for clients that may not push, too. If there is another
  // method, it decides, and users do not push.
  bool is_closed_to_it_alone(const Judgement& judgement) const {
    return judgement.outcome == CredentialsOutcome::GrantNotAllowed &&
           traits(judgement.method).pushes && methods_.back() != judgement.method;
  }

  Judgement ask(Method method, const NamedSecret& secret, bool is_first) {
    Judgement judgement{method, secret, counted(probe_.ask(method, secret))};
    const Reading& own = judgement.own;
    OwnSign sign = own_sign_of(own);
    if (sign == OwnSign::Stumbled && !is_first) sign = OwnSign::StumbledLater;
    if (is_refused_like_the_control(own, method)) sign = OwnSign::RefusedLikeTheControl;

    const MethodClass of = class_of(method, probe_.request().provider.method == Method::Auto);
    Decision decision = decide(sign, known_control(method), of);
    MessageFacts facts{.method = method, .own = own, .control = {}};
    if (!decision.outcome) {
      ControlSign control = ControlSign::LeftOut;
      if (may_make_control(sign)) {
        facts.control = make_control(method, secret);
        control = control_sign_of(own, facts.control);
      }
      decision = decide(sign, control, of);
    }
    judgement.outcome = *decision.outcome;
    judgement.message = text_of(decision.message, facts);
    learn(decision.seen, facts, judgement);
    doubt(judgement);
    return judgement;
  }

  // After a 500 it makes a control only if no control of any method is known.
  bool may_make_control(OwnSign sign) const {
    return !enough_failed() && (sign != OwnSign::Stumbled || !probe_.request().control);
  }

  Reading make_control(Method method, const NamedSecret& secret) {
    Reading reading = probe_.ask_with_made_up_secret(method, secret);
    if (reading.credentials != CredentialsSign::Accepted) probe_.count_failed_sign_in();
    return reading;
  }

  void learn(Decision::Seen seen, const MessageFacts& facts, Judgement& judgement) {
    switch (seen) {
      case Decision::Seen::Nothing:
        break;
      case Decision::Seen::OwnRefused:
        refuses_secrets_[facts.method] = true;
        refusal_ = facts.own.summary;
        break;
      case Decision::Seen::ControlRefused:
        refuses_secrets_[facts.method] = true;
        judgement.control_made = true;
        judgement.control_answer = facts.control.summary.empty() ? refusal_ : facts.control.summary;
        break;
      case Decision::Seen::ControlNotRefused:
        refuses_secrets_[facts.method] = false;
        break;
    }
  }

  ControlSign known_control(Method method) const {
    if (was_tried_before_controlled(method)) return ControlSign::ProvedNothingEarlier;
    if (probe_.was_controlled(method)) return ControlSign::RefusedEarlier;
    const auto seen = refuses_secrets_.find(method);
    if (seen == refuses_secrets_.end()) return ControlSign::NotMade;
    return seen->second ? ControlSign::RefusedAnother : ControlSign::NotRefusedBefore;
  }

  Reading counted(Reading reading) {
    if (is_failed_sign_in(reading)) probe_.count_failed_sign_in();
    return reading;
  }
  bool enough_failed() const { return probe_.failed_sign_ins() >= kMostFailedSignIns; }

  // Of the methods before the one with the earlier control, only the pushed request is repeated:
  // its answer may be about the callback and the scopes, whatever it says of the secret.
  bool is_known_to_prove_nothing(Method method) const {
    return was_tried_before_controlled(method) && !traits(method).pushes;
  }
  bool was_tried_before_controlled(Method method) const {
    const auto& control = probe_.request().control;
    if (!control) return false;
    const auto at = std::find(methods_.begin(), methods_.end(), control->method);
    return at != methods_.end() && std::find(methods_.begin(), at, method) != at;
  }

  // An earlier verification took a 401 for the refusal of a made-up secret, so the same answer
  // refuses the client's own secret. A different 401 may be a gateway's page.
  bool is_refused_like_the_control(const Reading& reading, Method method) const {
    return probe_.was_controlled(method) && reading.rule == 0 &&
           reading.credentials == CredentialsSign::Unclear && reading.http_status == 401 &&
           reading.summary == probe_.request().control->answer;
  }

  // Two kinds of refusals may be about something else than the secret.
  void doubt(Judgement& judgement) {
    if (judgement.own.credentials == CredentialsSign::Refused) doubt_encoding(judgement);
    const bool rejected = judgement.outcome == CredentialsOutcome::Rejected;
    if (rejected && traits(judgement.method).issues_token) doubt_grant(judgement);
  }

  // Some servers answer invalid_client to a good client that may not get tokens of its own.
  void doubt_grant(Judgement& judgement) {
    MessageId doubt = MessageId::EnoughFailed;
    MessageFacts facts{.method = judgement.method, .own = judgement.own, .control = {}};
    if (!enough_failed()) {
      facts.control = counted(probe_.ask(Method::AuthorizationCode, judgement.secret));
      if (facts.control.credentials == CredentialsSign::Refused) return;
      doubt = MessageId::CodeNotRefused;
    }
    judgement.outcome = CredentialsOutcome::Unverifiable;
    add_sentence(judgement.message, text_of(doubt, facts));
  }

  // Many providers do not decode the encoding of RFC 6749 2.3.1, and so refuse the right secret.
  // The check does not overrule the Offering, but the message names the setting.
  void doubt_encoding(Judgement& judgement) {
    const VerificationRequest& request = probe_.request();
    if (request.provider.basic_encoding == BasicEncoding::Raw ||
        !encoding_matters(request.provider, {request.client_id, judgement.secret.value})) {
      return;
    }
    if (enough_failed()) return leave_encoding_open(judgement);
    raw_was_asked_ = true;
    const Reading raw = counted(probe_.ask_unencoded(judgement.method, judgement.secret));
    const MessageFacts facts{.method = judgement.method, .own = judgement.own, .control = raw};
    if (raw.credentials == CredentialsSign::Unreachable && !is_stumble(raw)) {
      judgement.outcome = CredentialsOutcome::Unreachable;
      add_sentence(judgement.message, text_of(MessageId::EncodingUnreachable, facts));
    }
    if (raw.credentials != CredentialsSign::Accepted || !tells_raw_apart(raw, judgement)) return;
    judgement.wants_raw = true;
    judgement.outcome = CredentialsOutcome::Unverifiable;
    judgement.message = text_of(MessageId::WantsRaw, facts);
  }

  // A server that decodes may fail at an unencoded secret, and blame the request (Spring
  // Authorization Server): it does so for every secret.
  bool tells_raw_apart(const Reading& raw, const Judgement& judgement) {
    if (enough_failed()) return true;
    const Reading made_up =
        counted(probe_.ask_unencoded_with_made_up_secret(judgement.method, judgement.secret));
    return made_up.credentials != CredentialsSign::Accepted || made_up.summary != raw.summary;
  }

  // The refusal is believed if this client was accepted before, or if another of its secrets was
  // refused both ways.
  void leave_encoding_open(Judgement& judgement) const {
    add_sentence(judgement.message, text_of(MessageId::EncodingLeftOpen, {}));
    if (judgement.outcome != CredentialsOutcome::Rejected || probe_.request().control ||
        raw_was_asked_) {
      return;
    }
    judgement.outcome = CredentialsOutcome::Unverifiable;
    judgement.message = "Not proven. " + judgement.message;
  }

  Probe& probe_;
  const std::vector<Method> methods_ = methods_to_try(probe_.request().provider);
  std::map<Method, bool> refuses_secrets_;  // seen by this check
  std::string refusal_;                     // the answer to the client's last refused secret
  bool raw_was_asked_ = false;
};

}  // namespace

CredentialsFinding check_credentials(Probe& probe) {
  const Provider& provider = probe.request().provider;
  if (!methods_to_try(provider).empty()) return CredentialsCheck(probe).run();
  CredentialsFinding finding;
  finding.method = provider.method;
  finding.message =
      text_of(provider.method == Method::None ? MessageId::MethodOff : MessageId::NoEndpoint,
              {.method = provider.method, .own = {}, .control = {}});
  return finding;
}

CredentialsFinding reconsider_without_code(Probe& probe, const CredentialsFinding& refused) {
  return CredentialsCheck(probe).by_refresh_token(refused);
}

}  // namespace oauth
