#include "operator/unprotect.h"

#include <utility>

#include "api/offering.h"
#include "kube/config.h"
#include "kube/finalizer.h"
#include "kube/leader_election.h"
#include "kube/runtime.h"
#include "operator/own_namespace.h"
#include "operator/run.h"

namespace op {

namespace {

constexpr int kPageSize = 500;

// Another client may change the object between the read and the patch: then it reads it again.
net::Status unprotect(kube::Client& client, api::Offering offering, std::stop_token stop) {
  const kube::NamespacedName key = offering.metadata.key();
  while (true) {
    const auto patched =
        kube::drop_finalizer(client, offering, api::offering_in_use_finalizer, stop);
    if (patched.ok()) return {};
    if (patched.error().code != net::ErrorCode::Conflict) return patched.error();
    auto again = client.get<api::Offering>(key, stop);
    if (!again.ok())
      return again.error().code == net::ErrorCode::NotFound ? net::Status{} : again.error();
    offering = std::move(*again);
  }
}

}  // namespace

net::Status drop_finalizers_of_use(kube::Client& client, std::stop_token stop) {
  kube::ListOptions page{.limit = kPageSize};
  do {
    const auto listed = client.list<api::Offering>(page, stop);
    if (!listed.ok())
      return listed.error().code == net::ErrorCode::NotFound ? net::Status{} : listed.error();
    for (const api::Offering& offering : listed->items)
      if (net::Status done = unprotect(client, offering, stop); !done.ok())
        return net::Error{done.error().code,
                          "Offering " + offering.metadata.name + ": " + done.error().message};
    page.continue_token = listed->continue_token;
  } while (!page.continue_token.empty());
  return {};
}

net::Status unprotect_offerings(const UnprotectOptions& options, std::stop_token stop) {
  auto config = kube::load_config(options.kubeconfig);
  if (!config.ok()) return net::Error{net::ErrorCode::Invalid, config.error().message};
  const auto own = own_namespace(options.namespace_, *config);
  if (!own.ok()) return own.error();
  const std::string& ns = *own;
  auto client = kube::Client::create(std::move(*config), {});
  if (!client.ok()) return client.error();

  kube::LeaderElector elector(**client,
                              {.lease = {ns, kName}, .identity = kube::election_identity()});
  net::Status done =
      net::Error{net::ErrorCode::Cancelled, "stopped while another operator held the lease " + ns +
                                                "/" + kName + ": no finalizer was removed"};
  const net::Status held = elector.run(
      stop, [&](std::stop_token leading) { done = drop_finalizers_of_use(**client, leading); });
  return held.ok() ? done : held;
}

}  // namespace op
