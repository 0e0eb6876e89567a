// Prints the result of `verify`. Pure. It has no secrets: requests and answers are those of
// oauth::Step.
#pragma once

#include <optional>
#include <string>

#include "operator/verify_conclusion.h"
#include "operator/verify_options.h"

namespace op {

struct Findings {
  Case the_case;
  std::optional<oauth::VerificationReport> report;
  Conclusion conclusion;
};

std::string to_text(const Findings& findings, const VerifyOptions& options);
// One object, with the fields of docs/verify.md: scripts rely on them.
std::string to_json_text(const Findings& findings, const VerifyOptions& options);

}  // namespace op
