// Secrets are nowhere but in Secrets: not in a log at any level, not in events, statuses, metrics,
// nor in the process's memory where a cache would hold them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "net/crypto.h"
#include "net/url.h"
#include "support/oidc_provider.h"
#include "support/stage.h"

namespace {

using namespace support;
namespace reason = api::reason;

// Looks for it as it is, as a Secret's data has it, and as a form has it.
bool holds(const std::string& text, const std::string& secret) {
  for (const std::string& spelling : {secret, net::base64(secret), net::form_encode(secret)})
    if (text.find(spelling) != std::string::npos) return true;
  return false;
}

// Returns all of the process's writable memory.
std::string writable_memory(pid_t pid) {
  const std::string root = "/proc/" + std::to_string(pid);
  std::ifstream maps(root + "/maps");
  std::ifstream memory(root + "/mem", std::ios::binary);
  std::string all;
  for (std::string line; std::getline(maps, line);) {
    unsigned long from = 0, to = 0;
    char mode[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, mode) != 3 || mode[1] != 'w') continue;
    std::string bytes(to - from, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(from));
    memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    all.append(bytes, 0, static_cast<std::size_t>(std::max<std::streamsize>(memory.gcount(), 0)));
  }
  return all;
}

class Secrecy : public Stage {
 protected:
  static void SetUpTestSuite() {
    provider_ = std::make_unique<OidcProvider>();
    Stage::SetUpTestSuite();
  }
  static void TearDownTestSuite() {
    Stage::TearDownTestSuite();
    provider_.reset();
  }
  // Returns all text that the operator has published or logged.
  std::string everything_said() {
    std::string all = operator_->log() + operator_->metrics();
    for (const char* kinds : {"events.events.k8s.io", "integrations,offerings", "leases"})
      all += cluster_.kubectl({"get", kinds, "-A", "-o", "json", "--show-managed-fields"}).out;
    return all;
  }
  static inline std::unique_ptr<OidcProvider> provider_;
};

TEST_F(Secrecy, no_secret_is_said_anywhere) {
  const std::string right = "r1ght+s3cret/" + net::hex(net::random_bytes(8));
  const std::string wrong = "wr0ng+s3cret/" + net::hex(net::random_bytes(8));
  const std::string previous = "pr3vious+s3cret/" + net::hex(net::random_bytes(8));
  provider_->register_client({client_, right, {callback_url()}});
  cluster_.apply(issuer_offering_yaml(offering_, provider_->issuer()));
  // By `kubectl apply`, which writes the whole Secret into an annotation.
  apply_secret(wrong, "client_secret_previous: '" + previous + "'");
  apply_integration();
  expect_draft(await_reason(reason::rejected), reason::rejected, api::condition::stalled);
  // Failed sign-ins have a budget for each client: the following states use another client.
  client_ += "-2";
  provider_->register_client({client_, right, {callback_url()}});
  cluster_.apply("apiVersion: v1\nkind: Secret\nmetadata: {namespace: " + ns_ +
                 ", name: credentials}\nstringData:\n  client_id: " + client_ +
                 "\n  client_secret: |\n    " + right + "\n");
  await_reason(reason::invalid_characters);
  provider_->behave({{"status", 503}, {"path", "/request"}});
  apply_secret(right + "x");
  await_reason(reason::provider_unreachable);
  provider_->behave(net::Json::object());
  apply_secret(right);
  expect_configured(await_reason(reason::configured));

  const std::string said = everything_said();
  ASSERT_NE(said.find(client_), std::string::npos) << "the search itself must find what is there";
  for (const std::string& secret : {right, wrong, previous})
    EXPECT_FALSE(holds(said, secret)) << "a secret was published";
}

TEST_F(Secrecy, three_hundred_unrelated_secrets_of_a_megabyte_do_not_move_the_memory) {
  const auto resident = [&] { return operator_->metric_sum("process_resident_memory_bytes"); };
  const std::string ns = cluster_.make_namespace("big");
  const double before = resident();
  ASSERT_GT(before, 0);
  const std::string value = net::base64(std::string(700 * 1024, 'x'));
  for (int i = 0; i < 300; ++i) {
    const auto made =
        cluster_.client().send({.method = "POST",
                                .path = "/api/v1/namespaces/" + ns + "/secrets",
                                .content_type = "application/json",
                                .body = R"({"metadata":{"name":"big-)" + std::to_string(i) +
                                        R"("},"data":{"value":")" + value + "\"}}"},
                               {});
    ASSERT_TRUE(made.ok()) << made.error().message;
  }
  // A watch keeps the order: once a later write has arrived, these have, too.
  provider_->register_client({client_, kClientSecret, {callback_url()}});
  cluster_.apply(issuer_offering_yaml(offering_, provider_->issuer()));
  apply_secret();
  apply_integration();
  expect_configured(await_reason(reason::configured));
  const double grown = resident() - before;
  RecordProperty("grown_bytes", std::to_string(grown));
  EXPECT_LT(grown, 16.0 * (1 << 20)) << "from " << before << " by " << grown << " bytes";
  cluster_.kubectl({"delete", "namespace", ns, "--wait=false"});
}

// This operator overwrites freed memory at once (mallopt(3), M_PERTURB), so its memory shows only
// kept data.
class ForgetfulSecrecy : public Secrecy {
 protected:
  static void SetUpTestSuite() {
    provider_ = std::make_unique<OidcProvider>();
    operator_ = std::make_unique<OperatorProcess>(
        Cluster::instance(), std::vector<std::string>{},
        std::map<std::string, std::string>{
            {"GLIBC_TUNABLES", "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0"}});
  }
};

// The API server sends annotations, and kubectl puts the whole Secret into one: values pass through
// the transport before they are dropped. The last and longest Secret overwrites the buffers.
TEST_F(ForgetfulSecrecy, no_value_of_any_secret_is_kept) {
  constexpr int kSecrets = 200;
  std::vector<std::string> values;
  std::string manifests;
  for (int i = 0; i < kSecrets; ++i) {
    values.push_back("unrelated-" + net::hex(net::random_bytes(16)));
    manifests += secret_yaml(ns_, "unrelated-" + std::to_string(i), "id", values.back());
  }
  cluster_.apply(manifests);
  provider_->register_client({client_, kClientSecret, {callback_url()}});
  cluster_.apply(issuer_offering_yaml(offering_, provider_->issuer()));
  apply_secret();
  apply_integration();
  expect_configured(await_reason(reason::configured));
  apply_secret("wrong", "filler: '" + std::string(std::size_t{200} << 10, 'x') + "'");
  await_reason(reason::rejected);  // so it has come

  const std::string memory = writable_memory(operator_->process().pid());
  ASSERT_NE(memory.find("unrelated-" + std::to_string(kSecrets - 1)), std::string::npos)
      << "the search itself must find what is there";
  const auto found = std::count_if(values.begin(), values.end(), [&](const std::string& value) {
    return memory.find(value) != std::string::npos ||
           memory.find(net::base64(value)) != std::string::npos;
  });
  // Mostly none; a buffer in use may hold the values of a TLS record of 16 KiB. A cache would have
  // all.
  EXPECT_LE(found, 16);
}

}  // namespace
