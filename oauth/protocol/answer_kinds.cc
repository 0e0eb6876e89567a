#include "oauth/protocol/answer_kinds.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace oauth {

bool is_redirect(const Answer& answer) {
  return answer.http_status >= 300 && answer.http_status < 400;
}

bool is_success(const Answer& answer) {
  return answer.http_status >= 200 && answer.http_status < 300;
}

bool is_client_error(const Answer& answer) {
  return answer.http_status >= 400 && answer.http_status < 500;
}

bool is_wrong_address(const Answer& answer) {
  return answer.http_status == 404 || answer.http_status == 405;
}

bool is_passing(const Answer& answer) {
  constexpr std::array<int, 3> kStatuses = {408, 425, 429};
  constexpr std::array<std::string_view, 3> kErrors = {"server_error", "temporarily_unavailable",
                                                       "slow_down"};
  // 501 says that the server lacks this, and will not have it a moment later (RFC 9110 15.6.2).
  const bool for_good = answer.http_status == 501 && !answer.error.empty();
  return (answer.http_status >= 500 && !for_good) ||
         std::find(kStatuses.begin(), kStatuses.end(), answer.http_status) != kStatuses.end() ||
         std::find(kErrors.begin(), kErrors.end(), answer.error) != kErrors.end();
}

std::string words_of(const Answer& answer) {
  return net::string_member(answer.json, "error_description");
}

std::string told(const Answer& answer) {
  if (answer.error_description.empty()) return answer.summary();
  return answer.summary() + " \"" + answer.error_description + "\"";
}

bool is_expected_of_silence(std::string_view error) {
  constexpr std::array<std::string_view, 5> kExpected = {
      "login_required", "interaction_required", "consent_required", "account_selection_required",
      "access_denied"};
  return std::find(kExpected.begin(), kExpected.end(), error) != kExpected.end();
}

std::string told_with_error(const Answer& answer) {
  const std::string& description = answer.location_error_description;
  const bool says_nothing = answer.location_error.empty() ||
                            is_expected_of_silence(location_parameter(answer.location, "error"));
  if (says_nothing) return told(answer);
  return answer.summary() + " with error=" + answer.location_error +
         (description.empty() ? "" : " \"" + description + "\"");
}

}  // namespace oauth
