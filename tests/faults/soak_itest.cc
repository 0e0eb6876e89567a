// A short run for a long time's work: edits, rotated secrets, deletions and creations without a
// pause, while it measures the operator's memory and descriptors. SOAK_SECONDS sets the duration
// (60; `dev/test soak`: ten minutes).
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "faults/edits.h"
#include "support/fault_report.h"
#include "support/scripted_provider.h"
#include "support/stage.h"

namespace {

using namespace support;
namespace reason = api::reason;

constexpr int kEdited = 100;
constexpr int kVerified = 20;
constexpr std::chrono::seconds kLimit{60};

std::chrono::seconds duration() {
  const char* wanted = std::getenv("SOAK_SECONDS");
  return std::chrono::seconds{wanted == nullptr ? 60 : std::atoi(wanted)};
}

struct Usage {
  double resident_mb;
  int descriptors;
};

Usage usage_of(pid_t pid) {
  const std::string root = "/proc/" + std::to_string(pid);
  long total = 0, resident = 0;  // pages (proc(5), statm)
  std::ifstream(root + "/statm") >> total >> resident;
  const auto open = std::filesystem::directory_iterator(root + "/fd");
  return {static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / (1 << 20),
          static_cast<int>(std::distance(begin(open), end(open)))};
}

// Of the samples in [from, to), as fractions of all.
double median(const std::vector<Usage>& samples, double from, double to, auto member) {
  const auto at = [&](double part) { return static_cast<std::size_t>(part * samples.size()); };
  std::vector<double> values;
  for (std::size_t i = at(from); i < at(to); ++i) values.push_back(samples[i].*member);
  std::ranges::sort(values);
  return values.at(values.size() / 2);
}

class Soak : public Stage {
 protected:
  void SetUp() override {
    Stage::SetUp();
    provider_.on("/authorize", honest_authorization_endpoint({callback_url()}));
    expect_client(0);
    cluster_.apply(scripted_offering_yaml(offering_, provider_.url()));
    client_ = client(0);
    apply_secret(secret(0));
    for (int i = 0; i < kVerified; ++i) create("verified-" + std::to_string(i));
    edits_ = std::make_unique<Edits>(cluster_, ns_, kEdited);
  }
  void create(const std::string& name) {
    api::Integration fresh;
    fresh.metadata = {.name = name, .namespace_ = ns_};
    fresh.spec.offering = offering_;
    fresh.spec.credentials_secret_ref.name = "credentials";
    fresh.spec.scopes = {"openid"};
    const auto created = cluster_.client().create(fresh, {});
    EXPECT_TRUE(created.ok()) << created.error().message;
  }
  static std::string secret(long round) { return "s3cr3t-" + std::to_string(round); }
  // Each round has another client: one client's failed sign-ins, controls included, have a budget.
  std::string client(long round) const { return "client-" + ns_ + "-" + std::to_string(round); }
  void expect_client(long round) {
    provider_.on("/token", honest_token_endpoint(client(round), secret(round)));
  }
  // One lap: edits each Integration without an Offering, deletes or creates one with an Offering,
  // and gives all others another client and its secret.
  void lap(long round, std::stop_token stop) {
    for (int i = 0; i < kEdited; ++i) edits_->next(stop);
    create("fleeting-" + std::to_string(round));
    expect_client(round);
    const auto rotated =
        cluster_.client().send({.method = "PATCH",
                                .path = "/api/v1/namespaces/" + ns_ + "/secrets/credentials",
                                .content_type = "application/merge-patch+json",
                                .body = R"({"stringData":{"client_id":")" + client(round) +
                                        R"(","client_secret":")" + secret(round) + R"("}})"},
                               {});
    EXPECT_TRUE(rotated.ok());
    const kube::NamespacedName gone{ns_, "fleeting-" + std::to_string(round)};
    EXPECT_TRUE(cluster_.client().remove<api::Integration>(gone, {}, {}).ok());
    more_changes_ += 3;
  }
  // How many Integrations with an Offering are not Configured, and how many of the others do not
  // show their last edit.
  long lost() {
    const auto unverified = [&](const auto& all) {
      return kVerified - std::ranges::count_if(all, [&](const auto& i) {
               return i->metadata.namespace_ == ns_ && i->spec.offering == offering_ &&
                      reason_of(i->status.conditions, api::condition::ready) == reason::configured;
             });
    };
    cluster_.integrations().await_all([&](const auto& all) { return unverified(all) == 0; },
                                      kLimit);
    return unverified(cluster_.integrations().list()) + edits_->lost(kLimit);
  }

  ScriptedProvider provider_;
  std::unique_ptr<Edits> edits_;
  std::atomic<long> more_changes_{0};
};

TEST_F(Soak, memory_is_flat_and_no_descriptor_leaks_under_constant_edits) {
  ASSERT_EQ(lost(), 0);
  std::jthread editor([this](std::stop_token stop) {
    for (long round = 1; !stop.stop_requested(); ++round) lap(round, stop);
  });
  std::vector<Usage> samples;
  const auto end = std::chrono::steady_clock::now() + duration();
  while (std::chrono::steady_clock::now() < end) {
    samples.push_back(usage_of(operator_->process().pid()));
    // The wait for its end also notices a crash at once.
    ASSERT_FALSE(operator_->process().wait(std::chrono::milliseconds{250}));
  }
  editor.request_stop();
  editor.join();

  // The first quarter fills memory that is kept on purpose: caches, connections, the allocator's
  // arenas.
  const double before = median(samples, 0.25, 0.5, &Usage::resident_mb);
  const double after = median(samples, 0.75, 1.0, &Usage::resident_mb);
  const double open_before = median(samples, 0.25, 0.5, &Usage::descriptors);
  const double open_after = median(samples, 0.75, 1.0, &Usage::descriptors);
  const long changes = edits_->taken() + more_changes_;
  std::printf(
      "%ld changes in %ld s: resident memory %.1f MB, then %.1f MB; descriptors %.0f, then %.0f\n",
      changes, static_cast<long>(duration().count()), before, after, open_before, open_after);
  EXPECT_LT(after, before * 1.05 + 1);
  EXPECT_LE(open_after, open_before + 4);
  FaultReport::instance().row(
      "edits without a pause for " + std::to_string(duration().count()) + " s", 1, changes, lost());
}

}  // namespace
