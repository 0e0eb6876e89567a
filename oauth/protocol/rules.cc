#include "oauth/protocol/rules.h"

#include "net/url.h"
#include "oauth/protocol/answer_kinds.h"

namespace oauth {
namespace {

// Some providers answer with numbers: {"errorCode": 4702}.
std::string field_value(const Answer& answer, const std::string& name) {
  if (!answer.is_json) return location_parameter(answer.location, name);
  const auto member = answer.json.find(name);
  if (member == answer.json.end()) return {};
  if (member->is_string()) return member->get<std::string>();
  if (member->is_number_integer() || member->is_boolean()) return member->dump();
  return {};
}

bool description_contains(const Answer& answer, const std::string& part) {
  const std::string description = field_value(answer, "error_description");
  return description.find(part) != std::string::npos ||
         (!answer.is_json && answer.text.find(part) != std::string::npos);
}

}  // namespace

bool matches(const Rule& rule, const Answer& answer) {
  if (!rule.http_status && rule.error.empty() && rule.description_contains.empty()) return false;
  if (rule.http_status && *rule.http_status != answer.http_status) return false;
  if (!rule.error.empty() && field_value(answer, rule.error_field) != rule.error) return false;
  return rule.description_contains.empty() ||
         description_contains(answer, rule.description_contains);
}

std::string told_by_rule(const Rule& rule, const Answer& answer) {
  if (!rule.message.empty()) return told(answer) + ": " + printable(rule.message, 1024);
  return told(answer) + ": by a rule of the Offering this means " + to_string(rule.subject) + " " +
         to_string(rule.verdict) + ".";
}

}  // namespace oauth
