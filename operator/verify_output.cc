#include "operator/verify_output.h"

#include <sstream>

#include "api/conditions.h"
#include "net/json.h"
#include "net/text.h"

namespace op {

namespace {

using net::Json;

const char* status_of(const kube::Condition& condition) {
  switch (condition.status) {
    case kube::ConditionStatus::True:
      return "True";
    case kube::ConditionStatus::False:
      return "False";
    case kube::ConditionStatus::Unknown:
      break;
  }
  return "Unknown";
}

std::string shown(const std::vector<std::string>& scopes) {
  return scopes.empty() ? "none" : net::joined(scopes, " ");
}

void describe_subject(std::ostream& out, const Findings& findings, const VerifyOptions& options) {
  const api::Offering& offering = findings.the_case.offering;
  out << "Offering   " << offering.metadata.name;
  if (!offering.spec.issuer.empty()) out << " (" << offering.spec.issuer << ")";
  out << "\nClient     " << options.client_id << "\nCallback   " << options.callback_url
      << "\nScopes     " << shown(findings.the_case.integration.spec.scopes) << "\n";
}

// Names the Offering's rule that decided, if one did.
std::string by_what(const oauth::Step& step, const api::Offering& offering) {
  if (step.rule > 0) return "by rule " + std::to_string(step.rule) + " of spec.verification.rules";
  return offering.spec.verification.rules.empty()
             ? "by the defaults; the Offering has no rules"
             : "by the defaults; none of the Offering's rules matches";
}

void describe_steps(std::ostream& out, const Findings& findings, bool explain) {
  out << "\nAsked and answered\n";
  int number = 0;
  for (const oauth::Step& step : findings.report->steps) {
    out << "  " << ++number << ". " << oauth::name_of_question(step) << ", " << step.purpose << "\n"
        << "     asked     " << step.request << "\n"
        << "     answered  " << step.answer << "\n";
    if (!explain || step.conclusion.empty()) continue;
    out << "     means     " << step.conclusion << "\n"
        << "               " << by_what(step, findings.the_case.offering) << "\n";
  }
  if (number == 0) out << "  nothing: the Offering names no method that could be asked\n";
}

void describe_conclusion(std::ostream& out, const Conclusion& conclusion) {
  out << "\nConclusion\n";
  for (const kube::Condition& condition : conclusion.conditions) {
    if (condition.type == api::condition::ready) continue;
    out << "  " << condition.type << " " << status_of(condition) << " " << condition.reason << "\n"
        << "     " << condition.message << "\n";
  }
  for (const kube::Condition& condition : conclusion.conditions)
    if (condition.type == api::condition::ready)
      out << "\n"
          << to_string(conclusion.phase) << ", " << condition.reason << ": " << condition.message
          << "\n";
  out << to_string(conclusion.outcome) << " (exit code " << exit_code(conclusion.outcome)
      << "): " << meaning(conclusion.outcome) << "\n";
}

void describe_rules(std::ostream& out) {
  out << "\nHow to read this\n"
         "  Each answer is held to spec.verification.rules of the Offering, in order, then to the\n"
         "  defaults. \"client Accepted\" is believed only if the made-up secret of the control "
         "is\n"
         "  refused. If an answer was taken for the wrong thing, add a rule for it: errorField "
         "and\n"
         "  error name a member of the JSON above and its value, httpStatus is its first number,\n"
         "  descriptionContains is a part of error_description; subject and verdict say what it\n"
         "  means. Then run this again, with a right and with a wrong secret.\n";
}

Json to_json(const oauth::Step& step) {
  return {{"method", oauth::name_of_question(step)},
          {"purpose", step.purpose},
          {"request", step.request},
          {"answer", step.answer},
          {"conclusion", step.conclusion},
          {"rule", step.rule}};
}

Json to_json(const kube::Condition& condition) {
  return {{"type", condition.type},
          {"status", status_of(condition)},
          {"reason", condition.reason},
          {"message", condition.message}};
}

}  // namespace

std::string to_text(const Findings& findings, const VerifyOptions& options) {
  std::ostringstream out;
  describe_subject(out, findings, options);
  if (findings.report) describe_steps(out, findings, options.explain);
  describe_conclusion(out, findings.conclusion);
  if (findings.report && options.explain) describe_rules(out);
  return std::move(out).str();
}

std::string to_json_text(const Findings& findings, const VerifyOptions& options) {
  const Conclusion& conclusion = findings.conclusion;
  const oauth::Endpoints& endpoints = findings.the_case.offering.status.endpoints;
  Json json = {{"offering", findings.the_case.offering.metadata.name},
               {"issuer", findings.the_case.offering.spec.issuer},
               {"authorizationEndpoint", endpoints.authorization},
               {"tokenEndpoint", endpoints.token},
               {"clientID", options.client_id},
               {"callbackURL", options.callback_url},
               {"scopes", findings.the_case.integration.spec.scopes},
               {"verdict", to_string(conclusion.outcome)},
               {"exitCode", exit_code(conclusion.outcome)},
               {"phase", to_string(conclusion.phase)},
               {"method", ""},
               {"conditions", Json::array()},
               {"steps", Json::array()}};
  for (const kube::Condition& condition : conclusion.conditions) {
    json["conditions"].push_back(to_json(condition));
    if (condition.type != api::condition::ready) continue;
    json["reason"] = condition.reason;
    json["message"] = condition.message;
  }
  if (findings.report) {
    json["method"] = to_string(findings.report->method);
    for (const oauth::Step& step : findings.report->steps) json["steps"].push_back(to_json(step));
  }
  // Text of the command line that is not UTF-8 must not end the program.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace op
