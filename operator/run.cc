#include "operator/run.h"

#include <memory>
#include <utility>

#include "kube/events.h"
#include "kube/runtime.h"
#include "oauth/calls/call_scheduler.h"
#include "operator/leadership.h"
#include "operator/metrics.h"
#include "operator/own_namespace.h"
#include "operator/provider_client.h"
#include "operator/startup_log.h"
#include "operator/web_port.h"
#include "operator_version.h"
#include "reconcilers/integration/controller.h"
#include "reconcilers/offering/controller.h"

namespace op {

namespace {

// With the release of the lease, this keeps the end within two seconds.
constexpr std::chrono::milliseconds kEventsGrace{200};

// One running operator. Members are in the order in which they need each other.
class Operator {
 public:
  Operator(const RunOptions& options, std::unique_ptr<net::HttpClient> provider_http,
           std::unique_ptr<kube::Runtime> runtime)
      : options_(options),
        runtime_(std::move(runtime)),
        provider_http_(std::move(provider_http), metrics_.providers, runtime_->clock()) {
    metrics_.follow(shared_.caches);
  }
  // Stops first, since the work refers to the other members.
  ~Operator() { scheduler_.stop(); }

  net::Status serve() {
    if (net::Status probes = runtime_->serve(); !probes.ok())
      return net::Error{probes.error().code,
                        "--health-probe-bind-address: " + probes.error().message};
    auto web = open_web_port(options_.web_bind_address, runtime_->manager(), metrics_.web);
    if (!web.ok()) return web.error();
    web_ = std::move(*web);
    return {};
  }

  net::Status run(std::stop_token stop) {
    log_start(options_, runtime_->client().config());
    return leadership_.run(stop);
  }

 private:
  const RunOptions options_;
  std::unique_ptr<kube::Runtime> runtime_;
  Metrics metrics_{runtime_->registry()};
  MeasuredHttpClient provider_http_;
  kube::EventRecorder events_{runtime_->client(), "oauth.integrations.dev/integration-operator",
                              kube::hostname(), runtime_->clock(), &metrics_.events};
  oauth::CallScheduler scheduler_{{}, runtime_->clock()};
  Leadership leadership_{*runtime_, options_.namespace_, [this] {
                           scheduler_.stop();
                           events_.flush(kEventsGrace);  // the closed fence drops what is left
                         }};
  reconcilers::Shared shared_{.runtime = *runtime_,
                              .events = events_,
                              .scheduler = scheduler_,
                              .provider_http = provider_http_,
                              .hash_key = [this] { return leadership_.hash_key(); },
                              .public_url = options_.public_url,
                              .field_manager = kName,
                              .watch_namespaces = options_.watch_namespaces,
                              .max_concurrent_reconciles = options_.max_concurrent_reconciles,
                              .allow_http_providers = options_.allow_http_providers};
  std::unique_ptr<net::HttpServer> web_;
  // One line for each kind.
  reconcilers::OfferingController offerings_{shared_};
  reconcilers::IntegrationController integrations_{shared_};
};

kube::RuntimeOptions runtime_options(const RunOptions& options) {
  return {.name = kName,
          .version = kOperatorVersion,
          .commit = kOperatorCommit,
          .kubeconfig = options.kubeconfig,
          .probe_address = options.health_probe_bind_address,
          .lease = {options.namespace_, options.leader_elect ? kName : ""}};
}

net::Status run_once(RunOptions options, std::stop_token stop) {
  auto http = make_provider_client(options.provider_ca_file, options.allow_http_providers);
  if (!http.ok()) return http.error();
  auto runtime = kube::Runtime::create(runtime_options(options));
  if (!runtime.ok()) return runtime.error();
  auto ns = own_namespace(options.namespace_, (*runtime)->client().config());
  if (!ns.ok()) return ns.error();
  options.namespace_ = std::move(*ns);
  Operator the_operator(options, std::move(*http), std::move(*runtime));
  if (net::Status served = the_operator.serve(); !served.ok()) return served;
  return the_operator.run(stop);
}

}  // namespace

net::Status run(const RunOptions& options, std::stop_token stop) {
  net::set_log_level(options.log_level);
  while (true) {
    net::Status ended = run_once(options, stop);
    if (ended.ok() || ended.error().code != net::ErrorCode::Forbidden || stop.stop_requested())
      return ended;
    net::Logger("operator")
        .error("The operator lacks a right, so it starts over as a candidate",
               {{"err", ended.error()}});
  }
}

}  // namespace op
