#include "reconcilers/integration/verification_desk.h"

#include <utility>

#include "reconcilers/integration/messages.h"

namespace reconcilers {

namespace {

oauth::VerificationReport if_thrown() {
  oauth::VerificationReport report;  // Unreachable: retried, with backoff
  report.credentials_message = text_of(IntegrationMessage::InternalError);
  return report;
}

}  // namespace

VerificationDesk::VerificationDesk(oauth::CallScheduler& scheduler, net::HttpClient& http,
                                   net::Clock& clock,
                                   std::function<void(const kube::NamespacedName&)> done)
    : http_(http),
      clock_(clock),
      memory_(clock),
      desk_(scheduler, clock,
            {.name = kName,
             .run = [this](const std::string& uid, const VerificationOrder& order,
                           std::stop_token stop) { return run(uid, order, std::move(stop)); },
             .if_thrown = if_thrown,
             .done = std::move(done)}) {}

void VerificationDesk::start(const std::string& uid, const kube::NamespacedName& key,
                             VerificationOrder order) {
  oauth::ProviderWork call{.key = {},
                           .host = order.host,
                           .client = order.keys.client,
                           .tenant = key.namespace_,
                           .may_fail = order.may_fail,
                           .trusted = order.trusted,
                           .requested = order.on_request,
                           .run = {}};
  std::string inputs = order.hash;
  auto cause = order.request;
  desk_.start(uid, key,
              {.inputs = std::move(inputs),
               .cause = std::move(cause),
               .call = std::move(call),
               .request = std::move(order)});
}

VerificationDesk::Work::Answer VerificationDesk::run(const std::string& uid,
                                                     const VerificationOrder& order,
                                                     std::stop_token stop) {
  constexpr oauth::CallsMade kNone{.any = false, .retry_after = std::nullopt, .failed_sign_ins = 0};
  // A person who asks has perhaps fixed something at the provider.
  if (auto refusal = memory_.refusal(order.keys.sign_in, uid); refusal && !order.on_request)
    return {.result = std::move(refusal), .calls = kNone};
  auto request = order.make_request(stop);
  if (!request.ok()) return {.result = std::nullopt, .calls = kNone};
  oauth::VerificationReport report = ask(uid, order, std::move(*request), stop);
  const oauth::CallsMade calls{
      .any = true, .retry_after = report.retry_after, .failed_sign_ins = report.failed_sign_ins};
  if (report.cancelled) return {.result = std::nullopt, .calls = calls};
  return {.result = std::move(report), .calls = calls};
}

// A control of the same client that another Integration has just made is as good as an own one, and
// is recorded like it.
oauth::VerificationReport VerificationDesk::ask(const std::string& uid,
                                                const VerificationOrder& order,
                                                oauth::VerificationRequest request,
                                                std::stop_token stop) {
  const bool has_own = request.control.has_value();
  if (!has_own) request.control = memory_.control(order.keys.control);
  oauth::VerificationReport report = oauth::verify(request, http_, clock_, std::move(stop));
  if (report.cancelled) return report;
  memory_.learn(order.keys, uid, report);
  if (!has_own && request.control && report.credentials == oauth::CredentialsOutcome::Verified &&
      report.method == request.control->method && !report.controls_made) {
    report.controls_made = true;
    report.control_answer = request.control->answer;
  }
  return report;
}

}  // namespace reconcilers
