// The operator decides how much memory it takes, and not the author of objects.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "faults/edits.h"
#include "support/fault_report.h"
#include "support/operator_process.h"
#include "tenants/tenant.h"

namespace {

using namespace support;

constexpr int kIntegrations = 450;
constexpr int kSecrets = 250;
constexpr std::size_t kAnnotation = std::size_t{254} << 10;  // the API server's limit is 256 KiB
constexpr double kLimit = 96;                                // MB

// The most memory that the process ever had (proc(5), VmHWM).
double peak_megabytes(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1000;
  return 0;
}

class Memory : public testing::Test {
 protected:
  void TearDown() override {
    cluster_.delete_integrations(victim_);
    cluster_.kubectl({"delete", "namespace", tenant_.ns(), "--wait=false"});
  }
  void expect_served(const std::string& when, OperatorProcess& process, Edits& edits) {
    const long before = edits.taken();
    edits.make(10);
    const long lost = edits.lost(std::chrono::seconds{60});
    const double peak = peak_megabytes(process.process().pid());
    std::printf("VmHWM %s: %.1f MB\n", when.c_str(), peak);
    RecordProperty("peak_megabytes_" + when, std::to_string(peak));
    EXPECT_GT(peak, 0);
    EXPECT_LT(peak, kLimit) << when;
    FaultReport::instance().row(
        "450 Integrations and 250 Secrets with 254 KiB of annotations each, " + when,
        kIntegrations + kSecrets, edits.taken() - before, lost);
  }

  Cluster& cluster_ = Cluster::instance();
  Tenant tenant_{cluster_, cluster_.make_namespace("tenant")};
  const std::string victim_ = cluster_.make_namespace("victim");
};

TEST_F(Memory, annotations_of_a_tenant_take_none_of_it) {
  auto process = std::make_unique<OperatorProcess>(cluster_);
  Edits edits(cluster_, victim_, 10);
  const std::string large =
      R"(,"annotations":{"example.com/text":")" + std::string(kAnnotation, 'x') + "\"}";
  for (int i = 0; i < kIntegrations; ++i)
    tenant_.create_surely(api::Integration::resource(),
                          integration_json("large-" + std::to_string(i), large));
  for (int i = 0; i < kSecrets; ++i)
    tenant_.create_surely(kube::Secret::resource(),
                          secret_json("large-" + std::to_string(i), large));
  expect_served("while running", *process, edits);
  process.reset();
  process = std::make_unique<OperatorProcess>(cluster_);
  expect_served("after a start", *process, edits);
}

}  // namespace
