// A long time in short: edits, rotated secrets, deletions and creations without a pause, while the
// operator's memory and descriptors are measured. SOAK_SECONDS says for how long (60; `dev/test
// soak`: ten minutes).
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <thread>

#include "support/fault_report.h"
#include "support/scripted_provider.h"
#include "support/stage.h"

namespace {

using namespace support;
namespace reason = api::reason;

constexpr int kWithoutOffering = 100;
constexpr int kVerified = 20;

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
    expect_secret(0);
    cluster_.apply(scripted_offering_yaml(offering_, provider_.url()));
    apply_secret(secret(0));
    for (int i = 0; i < kWithoutOffering; ++i) create("edited-" + std::to_string(i), "none");
    for (int i = 0; i < kVerified; ++i) create("verified-" + std::to_string(i), offering_);
  }
  void create(const std::string& name, const std::string& offering) {
    api::Integration fresh;
    fresh.metadata = {.name = name, .namespace_ = ns_};
    fresh.spec.offering = offering;
    fresh.spec.credentials_secret_ref.name = "credentials";
    fresh.spec.scopes = {"openid"};
    const auto created = cluster_.client().create(fresh, {});
    EXPECT_TRUE(created.ok()) << created.error().message;
  }
  static std::string secret(long round) { return "s3cr3t-" + std::to_string(round); }
  void expect_secret(long round) {
    provider_.on("/token", honest_token_endpoint(client_, secret(round)));
  }
  // One lap: each Integration without an Offering is edited, one of them made anew, and the secret
  // of all others rotated.
  void lap(long round, std::stop_token stop) {
    for (int i = 0; i < kWithoutOffering && !stop.stop_requested(); ++i) {
      const auto edited = cluster_.client().json_patch<api::Integration>(
          {ns_, "edited-" + std::to_string(i)},
          {{"replace", "/spec/scopes", {"openid", "scope-" + std::to_string(round)}}}, stop);
      if (edited.ok()) ++edits_;
    }
    const std::string name = "edited-" + std::to_string(round % kWithoutOffering);
    if (cluster_.client().remove<api::Integration>({ns_, name}, {}, stop).ok())
      create(name, "none");
    expect_secret(round);
    const auto rotated = cluster_.client().send(
        {.method = "PATCH",
         .path = "/api/v1/namespaces/" + ns_ + "/secrets/credentials",
         .content_type = "application/merge-patch+json",
         .body = R"({"stringData":{"client_secret":")" + secret(round) + R"("}})"},
        {});
    EXPECT_TRUE(rotated.ok());
    edits_ += 3;
  }
  // Every object as its last edit wants it: observed, and Configured or Draft for the right reason.
  bool all_reconciled() {
    return cluster_.integrations().await_all(
        [&](const auto& all) {
          return std::ranges::count_if(all, [&](const auto& i) {
                   return i->metadata.namespace_ == ns_ &&
                          i->status.observed_generation == i->metadata.generation &&
                          reason_of(i->status.conditions, api::condition::ready) ==
                              (i->spec.offering == "none" ? reason::offering_not_found
                                                          : reason::configured);
                 }) == kWithoutOffering + kVerified;
        },
        std::chrono::seconds{60});
  }

  ScriptedProvider provider_;
  std::atomic<long> edits_{0};
};

TEST_F(Soak, memory_is_flat_and_no_descriptor_leaks_under_constant_edits) {
  ASSERT_TRUE(all_reconciled());
  std::jthread editor([this](std::stop_token stop) {
    for (long round = 1; !stop.stop_requested(); ++round) lap(round, stop);
  });
  std::vector<Usage> samples;
  const auto end = std::chrono::steady_clock::now() + duration();
  while (std::chrono::steady_clock::now() < end) {
    samples.push_back(usage_of(operator_->process().pid()));
    // Waiting for its end is also how a crash is noticed at once.
    ASSERT_FALSE(operator_->process().wait(std::chrono::milliseconds{250}));
  }
  editor.request_stop();
  editor.join();
  EXPECT_TRUE(all_reconciled()) << "a change was lost";

  // The first quarter is for what is kept on purpose: caches, connections, the allocator's arenas.
  const double before = median(samples, 0.25, 0.5, &Usage::resident_mb);
  const double after = median(samples, 0.75, 1.0, &Usage::resident_mb);
  const double open_before = median(samples, 0.25, 0.5, &Usage::descriptors);
  const double open_after = median(samples, 0.75, 1.0, &Usage::descriptors);
  std::printf(
      "%ld changes in %ld s: resident memory %.1f MB, then %.1f MB; descriptors %.0f, then %.0f\n",
      edits_.load(), static_cast<long>(duration().count()), before, after, open_before, open_after);
  EXPECT_LT(after, before * 1.05 + 1);
  EXPECT_LE(open_after, open_before + 4);
  FaultReport::instance().row("constant edits for " + std::to_string(duration().count()) + " s", 1,
                              edits_, 0);
}

}  // namespace
