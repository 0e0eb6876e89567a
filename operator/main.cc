// integration-operator: see `integration-operator --help`.
#include <malloc.h>

#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "kube/signals.h"
#include "operator/options.h"
#include "operator/run.h"
#include "operator/unprotect.h"
#include "operator/verify.h"

namespace {

constexpr int kUsageError = 2;

// Pages and large events come and go. Blocks from this size on go back to the system at once; by
// default malloc raises the size with each freed block, to 32 MiB, and keeps them.
constexpr int kGivenBackFrom = 256 << 10;

int fail(const net::Error& error) {
  std::cerr << "integration-operator: " << error.message << "\n";
  return error.code == net::ErrorCode::Invalid ? kUsageError : 1;
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_MMAP_THRESHOLD, kGivenBackFrom);
  auto command = op::parse_command_line(std::vector<std::string>(argv + 1, argv + argc));
  if (!command.ok()) {
    std::cerr << "integration-operator: " << command.error().message << "\n";
    return kUsageError;
  }
  if (const auto* print = std::get_if<op::Print>(&*command)) {
    (print->exit_code == 0 ? std::cout : std::cerr) << print->text;
    return print->exit_code;
  }
  const kube::StopOnSignal stop;
  if (const auto* options = std::get_if<op::VerifyOptions>(&*command)) {
    const auto verified = op::verify(*options, std::cin, std::cout, stop.token());
    return verified.ok() ? *verified : fail(verified.error());
  }
  if (const auto* options = std::get_if<op::UnprotectOptions>(&*command)) {
    const net::Status done = op::unprotect_offerings(*options, stop.token());
    return done.ok() ? 0 : fail(done.error());
  }
  const net::Status ended = op::run(std::get<op::RunOptions>(*command), stop.token());
  return ended.ok() ? 0 : fail(ended.error());
}
