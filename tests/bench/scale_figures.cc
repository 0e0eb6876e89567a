// Costs that grow with the number of Integrations, of the parts alone: no API server, no provider.
// `scale_figures` prints a table; docs/tenants.md shows it. Build it by the preset "release".
#include <malloc.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>

#include "api/integration.h"
#include "kube/store.h"
#include "kube/work_queue.h"
#include "net/json.h"
#include "oauth/calls/call_scheduler.h"
#include "reconcilers/common/indexes.h"

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_of(const std::function<void()>& work) {
  const auto began = Clock::now();
  work();
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

// Resident memory of this process, in bytes, without memory that the allocator keeps for later.
double resident() {
  malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  long all = 0, resident = 0;
  statm >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// As the API server stores a Configured one: seven conditions, with messages of the usual length.
net::Json configured(int number) {
  const std::string name = "integration-" + std::to_string(number);
  net::Json conditions = net::Json::array();
  for (const char* type : {"OfferingAvailable", "CredentialsPresent", "CredentialsVerified",
                           "CallbackRegistered", "ScopesVerified", "Ready", "Reconciling"})
    conditions.push_back({{"type", type},
                          {"status", "True"},
                          {"reason", "Verified"},
                          {"observedGeneration", 1},
                          {"lastTransitionTime", "2026-01-01T00:00:00Z"},
                          {"message",
                           "The provider accepted the client and refused a made-up secret. Next "
                           "check at 2026-01-01T12:00:00Z."}});
  return {{"metadata",
           {{"name", name},
            {"namespace", "team-" + std::to_string(number % 100)},
            {"uid", "00000000-0000-4000-8000-" + std::to_string(100000000000 + number)},
            {"resourceVersion", std::to_string(1000 + number)},
            {"generation", 1},
            {"creationTimestamp", "2026-01-01T00:00:00Z"}}},
          {"spec",
           {{"offeringRef", {{"name", "salesforce"}}},
            {"credentialsSecretRef", {{"name", "credentials-" + std::to_string(number)}}},
            {"scopes", {"openid", "api", "refresh_token"}}}},
          {"status",
           {{"observedGeneration", 1},
            {"phase", "Configured"},
            {"clientID", "3MVG9.a-client-id-of-the-usual-length-" + std::to_string(number)},
            {"callbackURL", "https://platform.example/oauth/callback/salesforce"},
            {"conditions", conditions}}}};
}

void fill(kube::Store<api::Integration>& store, int count) {
  for (int i = 0; i < count; ++i) store.upsert(configured(i).get<api::Integration>());
}

void print_store() {
  constexpr int kCount = 20'000;
  const double before = resident();
  kube::Store<api::Integration> store;
  reconcilers::add_integration_indexes(store);
  fill(store, kCount);
  std::printf("| a cached Integration with its indexes, of %d | %.2f kB |\n", kCount,
              (resident() - before) / kCount / 1000);
}

void print_offering_with_many_users() {
  constexpr int kCount = 100'000;
  kube::Store<api::Integration> store;
  reconcilers::add_integration_indexes(store);
  fill(store, kCount);
  std::size_t users = 0;
  const double looked = milliseconds_of(
      [&] { users = store.count(reconcilers::integrations_by_offering, "salesforce"); });
  std::printf("| an Offering of %zu Integrations asks whether it is used | %.3f ms |\n", users,
              looked);
  kube::WorkQueue queue;
  const double queued = milliseconds_of([&] {
    queue.add_all(store.keys_by_index(reconcilers::integrations_by_offering, "salesforce"),
                  kube::Priority::Low);
  });
  std::printf("| such an Offering changes: all of them are queued | %.0f ms |\n", queued);
}

void print_scheduler(int count) {
  oauth::CallScheduler scheduler({.per_host = 1, .total = 1});
  const double took = milliseconds_of([&] {
    for (int i = 0; i < count; ++i)
      scheduler.submit({.key = std::to_string(i),
                        .host = "login.acme.example",
                        .client = std::to_string(i),
                        .tenant = "team-" + std::to_string(i % 100),
                        .run = [](std::stop_token) -> oauth::CallsMade { return {}; }});
    for (int i = 0; i < count; ++i) scheduler.cancel(std::to_string(i));
  });
  std::printf("| %d verifications submitted and cancelled | %.0f ms |\n", count, took);
}

}  // namespace

int main() {
  std::printf("| what | cost |\n|---|---|\n");
  // First, since the stores leave a heap behind that slows down later measurements.
  for (const int count : {5'000, 10'000, 20'000, 40'000, 100'000}) print_scheduler(count);
  print_store();
  print_offering_with_many_users();
}
