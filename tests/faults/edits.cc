#include "faults/edits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

namespace support {
namespace {

// An editor retries so often during an outage.
constexpr std::chrono::milliseconds kRetry{20};

// All have the same length, so that none is part of another.
std::string secret_name(long edit) {
  char text[32];
  std::snprintf(text, sizeof text, "edit-%07ld", edit);
  return text;
}

}  // namespace

Edits::Edits(Cluster& cluster, std::string ns, int count)
    : cluster_(cluster), ns_(std::move(ns)), last_(static_cast<std::size_t>(count)) {
  for (int i = 0; i < count; ++i) {
    api::Integration fresh;
    fresh.metadata.name = name(i);
    fresh.metadata.namespace_ = ns_;
    fresh.spec.display_name = "Schlüssel 🔑";  // characters of two and of four bytes
    fresh.spec.offering = "none";
    fresh.spec.credentials_secret_ref.name = secret_name(0);
    fresh.spec.scopes = {"openid"};
    const auto made = cluster_.client().create(fresh, {});
    EXPECT_TRUE(made.ok()) << made.error().message;
  }
}

bool Edits::edit(int integration, std::stop_token stop) {
  if (stop.stop_requested()) return false;
  const long number = taken_ + 1;
  const kube::Json patch = {{"spec", {{"credentialsSecretRef", {{"name", secret_name(number)}}}}}};
  const kube::ApiRequest request{.method = "PATCH",
                                 .path = api::Integration::resource().path(ns_, name(integration)),
                                 .content_type = "application/merge-patch+json",
                                 .body = patch.dump()};
  // The same patch twice is one edit: a retry need not know whether the first was accepted. A stop
  // cuts off none, or nobody would know the last edit.
  while (!cluster_.client().send(request, {}).ok())
    if (!net::system_clock().sleep(kRetry, stop)) return false;
  last_[static_cast<std::size_t>(integration)] = number;
  taken_ = number;
  return true;
}

bool Edits::next(std::stop_token stop) {
  if (!edit(next_, stop)) return false;
  next_ = (next_ + 1) % static_cast<int>(last_.size());
  return true;
}

bool Edits::tells(const api::Integration& integration) const {
  if (!integration.metadata.name.starts_with(kPrefix)) return false;  // another test's
  const auto number = std::stoul(integration.metadata.name.substr(kPrefix.size()));
  return integration.status.observed_generation == integration.metadata.generation &&
         message_of(integration.status.conditions, api::condition::credentials_present)
                 .find(secret_name(last_[number])) != std::string::npos;
}

bool Edits::await_told(int integration, std::chrono::seconds limit) {
  const auto wanted = [&](const api::Integration* found) { return found && tells(*found); };
  return wanted(cluster_.integrations().await({ns_, name(integration)}, wanted, limit).get());
}

long Edits::lost(std::chrono::seconds limit) {
  cluster_.integrations().await_all(
      [&](const auto& all) {
        return std::cmp_equal(
            last_.size(), std::ranges::count_if(all, [&](const auto& integration) {
              return integration->metadata.namespace_ == ns_ && tells(*integration);
            }));
      },
      limit);
  // The watch above may itself lose something: the API server has the last word.
  const auto all = cluster_.client().list<api::Integration>({.namespace_ = ns_}, {});
  EXPECT_TRUE(all.ok());
  if (!all.ok()) return static_cast<long>(last_.size());
  return static_cast<long>(last_.size()) -
         std::ranges::count_if(all->items,
                               [&](const auto& integration) { return tells(integration); });
}

long Edits::await_seen(const kube::Store<api::Integration>& store,
                       std::chrono::seconds limit) const {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (unseen(store) > 0 && std::chrono::steady_clock::now() < end)
    net::system_clock().sleep(kRetry, {});
  return unseen(store);
}

long Edits::unseen(const kube::Store<api::Integration>& store) const {
  long unseen = 0;
  for (std::size_t i = 0; i < last_.size(); ++i) {
    const auto seen = store.get({ns_, name(static_cast<int>(i))});
    if (!seen || seen->spec.credentials_secret_ref.name != secret_name(last_[i])) ++unseen;
  }
  return unseen;
}

}  // namespace support
