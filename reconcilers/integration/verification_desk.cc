#include "reconcilers/integration/verification_desk.h"

#include <memory>
#include <utility>

#include "net/url.h"

namespace reconcilers {

namespace {

// The limit of calls is the host's that most of them go to.
const std::string& endpoint_asked_first(const oauth::Provider& provider) {
  const auto methods = oauth::methods_to_try(provider);
  return oauth::endpoint_of(methods.empty() ? oauth::Method::Auto : methods.front(),
                            provider.endpoints);
}

}  // namespace

VerificationDesk::VerificationDesk(oauth::CallScheduler& scheduler, net::HttpClient& http,
                                   net::Clock& clock,
                                   std::function<void(const kube::NamespacedName&)> done)
    : scheduler_(scheduler), http_(http), clock_(clock), done_(std::move(done)) {}

VerificationDesk::State VerificationDesk::state(const std::string& uid, const std::string& hash) {
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(uid);
    if (found == entries_.end()) return {};
    if (found->second.hash == hash) return told(found->second);
    entries_.erase(found);
  }
  scheduler_.cancel(uid);
  return {};
}

// Worked out once: what is told twice is the same to the second, and no reason to write a status.
VerificationDesk::State VerificationDesk::told(Entry& entry) const {
  const net::Duration silence = scheduler_.silence(entry.host, entry.client_id);
  if (!entry.state.running_since || silence == net::Duration::zero())
    entry.state.silent_until.reset();
  else if (!entry.state.silent_until)
    entry.state.silent_until = clock_.now() + silence;
  return entry.state;
}

void VerificationDesk::start(const std::string& uid, const kube::NamespacedName& key,
                             const std::string& hash, const std::string& on_request,
                             oauth::VerificationRequest request) {
  const auto url = net::parse_url(endpoint_asked_first(request.provider));
  const std::string host = url.ok() ? url->authority() : request.provider.endpoints.token;
  {
    std::lock_guard lock(mutex_);
    entries_[uid] = {.hash = hash,
                     .state = {.running_since = clock_.now(),
                               .report = std::nullopt,
                               .answered = std::nullopt,
                               .request = on_request,
                               .silent_until = std::nullopt},
                     .host = host,
                     .client_id = request.client_id};
  }
  scheduler_.cancel(uid);
  auto shared = std::make_shared<const oauth::VerificationRequest>(std::move(request));
  scheduler_.submit({
      .key = uid,
      .host = host,
      .client_id = shared->client_id,
      .tenant = key.namespace_,
      .run =
          [this, uid, key, hash, shared](std::stop_token stop) {
            oauth::VerificationReport report = verify(*shared, stop);
            const auto wait = report.retry_after;
            if (!report.cancelled) {
              finish(uid, hash, std::move(report));
              done_(key);
            }
            return wait;
          },
  });
}

// The edge for exceptions: over a provider's text, nothing that a library throws may end the
// process.
oauth::VerificationReport VerificationDesk::verify(const oauth::VerificationRequest& request,
                                                   std::stop_token stop) {
  try {
    return oauth::verify(request, http_, clock_, stop);
  } catch (const std::exception&) {
    oauth::VerificationReport report;  // Unreachable: tried again, with backoff
    report.credentials_message =
        "an internal error while its answer was read (please report this).";
    return report;
  }
}

void VerificationDesk::finish(const std::string& uid, const std::string& hash,
                              oauth::VerificationReport report) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(uid);
  if (found == entries_.end() || found->second.hash != hash) return;
  State& state = found->second.state;
  state.running_since.reset();
  state.report = std::move(report);
  state.answered = clock_.now();
}

void VerificationDesk::forget(const std::string& uid, const std::optional<std::string>& hash) {
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(uid);
    if (found == entries_.end() || (hash && found->second.hash != *hash)) return;
    entries_.erase(found);
  }
  scheduler_.cancel(uid);
}

}  // namespace reconcilers
