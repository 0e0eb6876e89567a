// `integration-operator verify`: the engine that the reconciler uses, for pipelines and support.
#pragma once

#include <iosfwd>
#include <stop_token>

#include "net/result.h"
#include "operator/verify_options.h"

namespace op {

// Reads the manifest and the secret (from `in` for "-"), asks the provider, and writes the findings
// to `out`. Returns the exit code of the outcome (verify_conclusion.h), or an error: Invalid for
// wrong flags or files, Cancelled after a stop. Blocks.
net::Result<int> verify(const VerifyOptions& options, std::istream& in, std::ostream& out,
                        std::stop_token stop);

}  // namespace op
