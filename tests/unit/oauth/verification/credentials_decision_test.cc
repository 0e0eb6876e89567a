#include "oauth/verification/credentials_decision.h"

#include <gtest/gtest.h>

#include <array>
#include <map>

namespace oauth {
namespace {

using Seen = Decision::Seen;
using Cell = std::array<Decision, count_of<MethodClass>()>;  // one a class
using Row = std::array<Cell, count_of<ControlSign>()>;       // one a control

constexpr Decision kMakeControl{};
constexpr auto kGrantNotAllowed = CredentialsOutcome::GrantNotAllowed;
constexpr auto kRejected = CredentialsOutcome::Rejected;
constexpr auto kUnreachable = CredentialsOutcome::Unreachable;
constexpr auto kUnverifiable = CredentialsOutcome::Unverifiable;
constexpr auto kVerified = CredentialsOutcome::Verified;

constexpr Cell whatever_the_method(Decision decision) { return {decision, decision, decision}; }

// A refusal decides, except for an endpoint beside the flow that Auto tried.
constexpr Cell refusal(MessageId decides, MessageId beside_the_flow) {
  return {Decision{kRejected, decides, Seen::OwnRefused},
          Decision{kRejected, decides, Seen::OwnRefused},
          Decision{kUnverifiable, beside_the_flow, Seen::OwnRefused}};
}
constexpr Cell kRefusal = refusal(MessageId::AsRead, MessageId::RefusedBesideTheFlow);

constexpr Row whatever_the_control(const Cell& cell) {
  Row row{};
  for (Cell& of : row) of = cell;
  return row;
}

// In the order of ControlSign.
constexpr Row kAccepted = {
    /* NotMade */ whatever_the_method(kMakeControl),
    /* RefusedEarlier */ whatever_the_method({kVerified, MessageId::ConfirmedEarlier}),
    /* ProvedNothingEarlier */
    whatever_the_method({kUnverifiable, MessageId::ProvedNothingEarlier}),
    /* RefusedAnother */
    whatever_the_method({kVerified, MessageId::ConfirmedByAnotherSecret, Seen::ControlRefused}),
    /* NotRefusedBefore */ whatever_the_method({kUnverifiable, MessageId::AcceptedBothBefore}),
    /* LeftOut */ whatever_the_method({kUnverifiable, MessageId::ControlLeftOut}),
    /* Refused */
    whatever_the_method({kVerified, MessageId::ConfirmedByControl, Seen::ControlRefused}),
    /* RefusedByStatus */
    whatever_the_method({kVerified, MessageId::ConfirmedByControl, Seen::ControlRefused}),
    /* RefusedOrNotAllowed */
    whatever_the_method({kUnverifiable, MessageId::ControlNotRefused, Seen::ControlNotRefused}),
    /* AcceptedAlike */
    whatever_the_method({kUnverifiable, MessageId::AcceptedBoth, Seen::ControlNotRefused}),
    /* AcceptedOtherwise */
    whatever_the_method(
        {kUnverifiable, MessageId::ControlAnsweredOtherwise, Seen::ControlNotRefused}),
    /* Unclear */
    whatever_the_method({kUnverifiable, MessageId::ControlNotRefused, Seen::ControlNotRefused}),
    /* Unreachable */ whatever_the_method({kUnreachable, MessageId::ControlUnreachable}),
};

constexpr Decision kOfRefusalUnclear{kUnverifiable, MessageId::ControlOfRefusalUnclear};
constexpr Decision kWithoutGrant{kVerified, MessageId::ConfirmedByControl, Seen::ControlRefused};
constexpr Row kRefusedOrNotAllowed = {
    /* NotMade */ whatever_the_method(kMakeControl),
    /* RefusedEarlier */ whatever_the_method(kMakeControl),
    /* ProvedNothingEarlier */
    whatever_the_method({kUnverifiable, MessageId::ProvedNothingEarlier}),
    /* RefusedAnother */ whatever_the_method(kMakeControl),
    /* NotRefusedBefore */ whatever_the_method(kMakeControl),
    /* LeftOut */ kRefusal,
    /* Refused */
    Cell{Decision{kGrantNotAllowed, MessageId::GrantNotAllowedByControl}, kWithoutGrant,
         kWithoutGrant},
    /* RefusedByStatus */ whatever_the_method(kOfRefusalUnclear),
    /* RefusedOrNotAllowed */ kRefusal,
    /* AcceptedAlike */ whatever_the_method(kOfRefusalUnclear),
    /* AcceptedOtherwise */ whatever_the_method(kOfRefusalUnclear),
    /* Unclear */ whatever_the_method(kOfRefusalUnclear),
    /* Unreachable */ whatever_the_method({kUnreachable, MessageId::ControlOfRefusalUnreachable}),
};

constexpr Cell kOutage = whatever_the_method({kUnreachable});
constexpr Row kStumbled = {
    /* NotMade */ whatever_the_method(kMakeControl),
    /* RefusedEarlier */ whatever_the_method(kMakeControl),
    /* ProvedNothingEarlier */ whatever_the_method(kMakeControl),
    /* RefusedAnother */ whatever_the_method(kMakeControl),
    /* NotRefusedBefore */ whatever_the_method(kMakeControl),
    /* LeftOut */ kOutage,
    /* Refused */ whatever_the_method({kUnverifiable, MessageId::StumblesOnceIn}),
    /* RefusedByStatus */ kOutage,
    /* RefusedOrNotAllowed */ kOutage,
    /* AcceptedAlike */ kOutage,
    /* AcceptedOtherwise */ kOutage,
    /* Unclear */ kOutage,
    /* Unreachable */ kOutage,
};

// In the order of OwnSign.
constexpr std::array<Row, count_of<OwnSign>()> kTable = {
    /* Accepted */ kAccepted,
    /* Refused */ whatever_the_control(kRefusal),
    /* RefusedLikeTheControl */
    whatever_the_control(
        refusal(MessageId::RefusedLikeTheControl, MessageId::RefusedLikeTheControlBesideTheFlow)),
    /* GrantNotAllowed */ whatever_the_control(whatever_the_method({kGrantNotAllowed})),
    /* RefusedOrNotAllowed */ kRefusedOrNotAllowed,
    /* Unclear */ whatever_the_control(whatever_the_method({kUnverifiable})),
    /* Unreachable */ whatever_the_control(kOutage),
    /* Stumbled */ kStumbled,
    /* StumbledLater */ whatever_the_control(whatever_the_method({kUnverifiable})),
};

template <class Check>
void for_each_cell(Check check) {
  for (const OwnSign own : all_of<OwnSign>())
    for (const ControlSign control : all_of<ControlSign>())
      for (const MethodClass method : all_of<MethodClass>()) {
        SCOPED_TRACE(testing::Message()
                     << "own " << static_cast<int>(own) << ", control " << static_cast<int>(control)
                     << ", class " << static_cast<int>(method));
        check(own, control, method);
      }
}

TEST(CredentialsDecision, each_cell_of_the_table_is_as_written) {
  int cells = 0;
  for_each_cell([&](OwnSign own, ControlSign control, MethodClass method) {
    ++cells;
    const Decision& expected =
        kTable[static_cast<std::size_t>(own)][static_cast<std::size_t>(control)]
              [static_cast<std::size_t>(method)];
    const Decision decision = decide(own, control, method);
    EXPECT_EQ(decision.outcome, expected.outcome);
    EXPECT_STREQ(to_string(decision.message), to_string(expected.message));
    EXPECT_EQ(decision.seen, expected.seen);
  });
  EXPECT_EQ(cells, 9 * 13 * 3);
}

// The promises of docs/verification.md, whatever the table says.
TEST(CredentialsDecision, is_verified_only_where_another_secret_was_refused) {
  for_each_cell([](OwnSign own, ControlSign control, MethodClass method) {
    if (decide(own, control, method).outcome != kVerified) return;
    EXPECT_TRUE(own == OwnSign::Accepted || own == OwnSign::RefusedOrNotAllowed);
    EXPECT_TRUE(control == ControlSign::RefusedEarlier || control == ControlSign::RefusedAnother ||
                control == ControlSign::Refused || control == ControlSign::RefusedByStatus);
  });
}

TEST(CredentialsDecision, is_rejected_only_where_the_own_secret_was_refused) {
  for_each_cell([](OwnSign own, ControlSign control, MethodClass method) {
    const Decision decision = decide(own, control, method);
    EXPECT_EQ(decision.outcome == kRejected,
              decision.seen == Seen::OwnRefused && method != MethodClass::BesideTheFlow);
    if (decision.seen != Seen::OwnRefused) return;
    EXPECT_TRUE(own == OwnSign::Refused || own == OwnSign::RefusedLikeTheControl ||
                own == OwnSign::RefusedOrNotAllowed);
  });
}

TEST(CredentialsDecision, needs_a_control_only_until_one_was_made_or_left_out) {
  for_each_cell([](OwnSign own, ControlSign control, MethodClass method) {
    const bool before = control < ControlSign::LeftOut;
    EXPECT_TRUE(before || decide(own, control, method).outcome);
  });
}

TEST(CredentialsDecision, an_outage_of_either_question_decides_nothing) {
  for_each_cell([](OwnSign own, ControlSign control, MethodClass method) {
    const auto outcome = decide(own, control, method).outcome;
    const bool asks = !decide(own, ControlSign::NotMade, method).outcome;
    const bool outage =
        own == OwnSign::Unreachable || (asks && control == ControlSign::Unreachable);
    EXPECT_TRUE(!outage || outcome == kUnreachable);
  });
}

TEST(MethodClass, only_auto_takes_a_refusal_beside_the_flow_for_less_than_one) {
  for (const Method method : kMethods)
    for (const bool by_auto : {true, false}) {
      const MethodClass expected = traits(method).code_grant ? MethodClass::CodeGrant
                                   : by_auto && traits(method).beside_the_flow
                                       ? MethodClass::BesideTheFlow
                                       : MethodClass::OtherGrant;
      EXPECT_EQ(class_of(method, by_auto), expected) << to_string(method);
    }
}

Reading answered(CredentialsSign sign, int status, std::string summary, std::size_t rule = 0) {
  Reading reading;
  reading.credentials = sign;
  reading.http_status = status;
  reading.summary = std::move(summary);
  reading.rule = rule;
  return reading;
}

TEST(OwnSign, follows_the_reading_but_for_a_500_of_the_defaults) {
  const std::map<CredentialsSign, OwnSign> expected = {
      {CredentialsSign::Accepted, OwnSign::Accepted},
      {CredentialsSign::Refused, OwnSign::Refused},
      {CredentialsSign::GrantNotAllowed, OwnSign::GrantNotAllowed},
      {CredentialsSign::RefusedOrNotAllowed, OwnSign::RefusedOrNotAllowed},
      {CredentialsSign::Unclear, OwnSign::Unclear},
      {CredentialsSign::Unreachable, OwnSign::Unreachable}};
  for (const CredentialsSign sign : all_of<CredentialsSign>())
    for (const int status : {0, 200, 400, 401, 500, 503})
      for (const std::size_t rule : {0, 1}) {
        const bool stumble = sign == CredentialsSign::Unreachable && status == 500 && rule == 0;
        EXPECT_EQ(own_sign_of(answered(sign, status, "", rule)),
                  stumble ? OwnSign::Stumbled : expected.at(sign));
      }
}

TEST(ControlSign, compares_the_control_with_the_own_answer) {
  const Reading own = answered(CredentialsSign::Accepted, 400, "400 invalid_grant");
  const auto sign = [&](const Reading& control) { return control_sign_of(own, control); };
  using Sign = CredentialsSign;
  EXPECT_EQ(sign(answered(Sign::Refused, 400, "400 invalid_client")), ControlSign::Refused);
  EXPECT_EQ(sign(answered(Sign::Unclear, 401, "401")), ControlSign::RefusedByStatus);
  EXPECT_EQ(sign(answered(Sign::Unclear, 401, "401", 1)), ControlSign::Unclear)
      << "a rule said that it is none";
  EXPECT_EQ(sign(answered(Sign::Unclear, 400, "400 odd")), ControlSign::Unclear);
  EXPECT_EQ(sign(answered(Sign::GrantNotAllowed, 400, "400")), ControlSign::Unclear);
  EXPECT_EQ(sign(answered(Sign::Accepted, 400, "400 invalid_grant")), ControlSign::AcceptedAlike);
  EXPECT_EQ(sign(answered(Sign::Accepted, 400, "400 other")), ControlSign::AcceptedOtherwise);
  EXPECT_EQ(sign(answered(Sign::Unreachable, 401, "401 server_error")), ControlSign::Unreachable);
  const Reading own_401 = answered(Sign::RefusedOrNotAllowed, 401, "401 unauthorized_client");
  EXPECT_EQ(control_sign_of(own_401, own_401), ControlSign::RefusedOrNotAllowed);
}

}  // namespace
}  // namespace oauth
