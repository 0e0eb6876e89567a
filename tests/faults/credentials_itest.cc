// Credentials that change under a running client: tokens, certificates and exec plug-ins, on a
// control plane of its own, so that a test may replace its keys.
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "kube/client.h"
#include "kube/informer.h"
#include "kube/metrics.h"
#include "support/fault_report.h"
#include "support/process.h"

namespace {

using support::FaultReport;
using namespace std::chrono_literals;

// The part of a ConfigMap that identifies it.
struct ConfigMap {
  kube::ObjectMeta metadata;
  static const kube::Resource& resource() {
    static const kube::Resource resource{"", "v1", "configmaps", "ConfigMap", true};
    return resource;
  }
};
void from_json(const kube::Json& json, ConfigMap& map) {
  map.metadata = json.at("metadata").get<kube::ObjectMeta>();
}
void to_json(kube::Json& json, const ConfigMap& map) { json = {{"metadata", map.metadata}}; }

constexpr const char* kNamespace = "default";
constexpr int kChanges = 10;  // a time

// Polls for a state that no event announces.
bool await(const std::function<bool()>& is_so, std::chrono::seconds limit = 60s) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

// Replaces it at once, as the kubelet does.
void replace(const std::string& path, const std::string& content) {
  std::ofstream(path + ".new") << content;
  std::filesystem::rename(path + ".new", path);
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

kube::Client::Dependencies measured_by(kube::RestMetrics* metrics) {
  kube::Client::Dependencies dependencies;
  dependencies.metrics = metrics;
  return dependencies;
}

std::unique_ptr<kube::Client> make_client(const kube::ClusterConfig& config,
                                          kube::RestMetrics* metrics = nullptr) {
  auto client = kube::Client::create(config, measured_by(metrics));
  if (!client.ok()) throw std::runtime_error(client.error().message);
  return std::move(*client);
}

// The client under test, with an informer that never rests: its watches and its patience are short,
// so each watch needs a credential that is good now.
class Subject {
 public:
  explicit Subject(const kube::ClusterConfig& config)
      : client_(make_client(config, &metrics_)), informer_(*client_, options()) {
    informer_.on_change([this](const auto& change, bool) {
      if (!change.after) return;
      const std::lock_guard lock(mutex_);
      seen_.insert(change.after->metadata.name);
      changed_.notify_all();
    });
    thread_ = std::jthread([this](std::stop_token stop) { informer_.run(stop); });
  }

  // Returns how many of `names` have not arrived within a generous time.
  long missing(const std::set<std::string>& names) {
    std::unique_lock lock(mutex_);
    const auto count = [&] {
      return std::count_if(names.begin(), names.end(),
                           [&](const std::string& name) { return !seen_.contains(name); });
    };
    changed_.wait_for(lock, 60s, [&] { return count() == 0; });
    return count();
  }
  // How many requests got that status code; "<error>": no answer.
  double answered(const std::string& code) const {
    double sum = 0;
    for (const auto& family : registry_.Collect()) {
      if (family.name != "rest_client_requests_total") continue;
      for (const auto& metric : family.metric) {
        for (const auto& label : metric.label) {
          if (label.name == "code" && label.value == code) sum += metric.counter.value;
        }
      }
    }
    return sum;
  }
  bool await_more(const std::string& code) const {
    const double before = answered(code);
    return await([&] { return answered(code) > before; });
  }

 private:
  static kube::InformerOptions options() {
    kube::InformerOptions options;
    options.namespace_ = kNamespace;
    options.watch_timeout = 1s;
    options.backoff_start = 100ms;
    options.backoff_limit = 400ms;
    return options;
  }

  prometheus::Registry registry_;
  kube::RestMetrics metrics_{registry_};
  std::unique_ptr<kube::Client> client_;
  kube::Informer<ConfigMap> informer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> seen_;
  std::jthread thread_;
};

class Credentials : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string folder = std::filesystem::temp_directory_path() / "credentials-itest.XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    run({source("dev/control-plane/up.sh"), plane()});
    const auto config = kube::load_config(plane() + "/admin.kubeconfig");
    ASSERT_TRUE(config.ok()) << config.error().message;
    kubectl({"create", "serviceaccount", "watcher", "-n", kNamespace});
    kubectl({"create", "rolebinding", "watcher", "-n", kNamespace, "--clusterrole=view",
             std::string("--serviceaccount=") + kNamespace + ":watcher"});
  }
  static void TearDownTestSuite() {
    run({source("dev/control-plane/down.sh"), plane(), "--purge"});
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  static std::string source(const std::string& path) {
    return std::string(PROJECT_SOURCE_DIR) + "/" + path;
  }
  static std::string plane() { return folder_ + "/plane"; }
  static std::string path(const std::string& name) { return folder_ + "/" + name; }
  static std::string run(const std::vector<std::string>& command) {
    const auto finished = support::run(command);
    EXPECT_EQ(finished.exit_code, 0) << command[0] << ": " << finished.err;
    return finished.out;
  }
  static std::string kubectl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"kubectl", "--kubeconfig", plane() + "/admin.kubeconfig"});
    return run(arguments);
  }
  // Reads the control plane's present kubeconfig.
  static kube::ClusterConfig admin() { return *kube::load_config(plane() + "/admin.kubeconfig"); }

  // Without credentials; the test sets a token.
  static kube::ClusterConfig with_token() {
    kube::ClusterConfig config = admin();
    config.tls.client_cert_pem.clear();
    config.tls.client_key_pem = {};
    return config;
  }

  // Creates so many ConfigMaps, as the administrator.
  void change() {
    const auto client = make_client(admin());
    for (int i = 0; i < kChanges; ++i) {
      static std::atomic<int> number{0};
      ConfigMap map;
      map.metadata.namespace_ = kNamespace;
      map.metadata.name = "change-" + std::to_string(++number);
      const auto created = client->create(map, {});
      ASSERT_TRUE(created.ok()) << created.error().message;
      changes_.insert(map.metadata.name);
    }
  }
  void report(const std::string& fault, long injections, Subject& subject) {
    FaultReport::instance().row(fault, injections, static_cast<long>(changes_.size()),
                                subject.missing(changes_));
  }

  // Returns a token that is valid only while the Secret exists. The API server caches its validity
  // for ten seconds.
  static std::string bound_token(const std::string& secret) {
    kubectl({"create", "secret", "generic", secret, "-n", kNamespace});
    std::string token = kubectl({"create", "token", "watcher", "-n", kNamespace,
                                 "--bound-object-kind", "Secret", "--bound-object-name", secret});
    token.erase(token.find_last_not_of('\n') + 1);
    return token;
  }
  static void end_token(const std::string& secret) {
    kubectl({"delete", "secret", secret, "-n", kNamespace, "--wait=false"});
  }

  static inline std::string folder_;
  std::set<std::string> changes_;
};

TEST_F(Credentials, a_token_that_has_ended_and_is_replaced_on_disk_loses_no_change) {
  constexpr int kInjections = 3;
  const std::string file = path("token");
  replace(file, bound_token("token-0"));
  kube::ClusterConfig config = with_token();
  config.token_file = file;
  Subject subject(config);
  change();
  EXPECT_EQ(subject.missing(changes_), 0);

  for (int i = 0; i < kInjections; ++i) {
    const std::string next = bound_token("token-" + std::to_string(i + 1));
    end_token("token-" + std::to_string(i));
    EXPECT_TRUE(subject.await_more("401")) << "the old token is still good";
    change();
    EXPECT_TRUE(subject.await_more("401"));
    replace(file, next);
    change();
    EXPECT_EQ(subject.missing(changes_), 0);
  }
  report("the ServiceAccount's token ended and was replaced on disk", kInjections, subject);
}

TEST_F(Credentials, a_token_that_is_replaced_before_its_end_is_never_missed) {
  const std::string file = path("token-in-time");
  replace(file, bound_token("in-time-0"));
  kube::ClusterConfig config = with_token();
  config.token_file = file;
  const auto client = make_client(config);
  config.token_file.clear();
  config.token = net::SecretString(read(file));
  const auto forgetful = make_client(config);  // one that never reads it again
  const auto list = [](kube::Client& by) {
    return by.list<ConfigMap>({.namespace_ = kNamespace}, {}).ok();
  };
  EXPECT_TRUE(list(*client));
  replace(file, bound_token("in-time-1"));
  end_token("in-time-0");
  EXPECT_TRUE(await([&] { return !list(*forgetful); }));
  EXPECT_TRUE(list(*client)) << "the first 401 is answered with the new token, at once";
}

TEST_F(Credentials, a_replaced_cluster_ca_and_client_certificate_lose_no_change) {
  constexpr int kInjections = 3;
  const auto pki = [](const std::string& name) { return plane() + "/pki/" + name; };
  const std::vector<std::string> files = {"ca.crt", "admin.crt", "admin.key"};
  for (const std::string& file : files) replace(path(file), read(pki(file)));
  kube::ClusterConfig config = admin();
  config.ca_file = path("ca.crt");
  config.client_cert_file = path("admin.crt");
  config.client_key_file = path("admin.key");
  Subject subject(config);
  change();
  EXPECT_EQ(subject.missing(changes_), 0);

  for (int i = 0; i < kInjections; ++i) {
    // Replaces everything but the ServiceAccounts' keys: the authority, and its certificates.
    run({"bash", "-c",
         R"sh(. "$1/lib.sh"; . "$1/pki.sh"; use_folder "$2"
              rm -rf "$PKI.old"; mv "$PKI" "$PKI.old"; ensure_pki
              cp "$PKI.old"/serviceaccount.* "$PKI"
              for name in admin controller-manager; do kubeconfig "$name"; done)sh",
         "replace-pki", source("dev/control-plane"), plane()});
    run({source("dev/control-plane/restart-apiserver.sh"), plane()});
    EXPECT_TRUE(subject.await_more("<error>")) << "nobody believes the new server yet";
    change();
    std::ofstream(path("ca.crt")) << read(pki("ca.crt")).substr(0, 200);
    EXPECT_TRUE(subject.await_more("<error>")) << "half an authority is none";
    replace(path("ca.crt"), read(pki("ca.crt")));
    EXPECT_TRUE(subject.await_more("401")) << "the new server does not know the old certificate";
    change();
    replace(path("admin.crt"), read(pki("admin.crt")));
    EXPECT_TRUE(subject.await_more("401")) << "a certificate needs its key";
    replace(path("admin.key"), read(pki("admin.key")));
    change();
    EXPECT_EQ(subject.missing(changes_), 0);
  }
  report("the cluster's CA, serving and client certificates replaced", kInjections, subject);
}

// A plug-in whose tokens live for four seconds, and whose behaviour a file sets.
class ExecPlugin : public Credentials {
 protected:
  static void SetUpTestSuite() {
    Credentials::SetUpTestSuite();
    replace(path("plugin-token"), bound_token("plugin"));
    replace(path("mode"), "ok");
    replace(path("plugin"), "#!/bin/sh\ncd " + folder_ + R"sh(
mode=$(cat mode)
echo "$mode" >>runs
case $mode in
  slow) sleep 600 ;;
  fails) echo 'your session has ended' >&2; exit 1 ;;
  rubbish) echo '{"kind": "Exec' ;;
  expired) end=$(date -u -d '-1 minute' +%FT%TZ) ;;
  ok) end=$(date -u -d '+4 seconds' +%FT%TZ) ;;
esac
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",'
printf '"status":{"token":"%s","expirationTimestamp":"%s"}}' "$(cat plugin-token)" "$end"
)sh");
    std::filesystem::permissions(path("plugin"), std::filesystem::perms::owner_all);
    // As a person would configure it.
    kubectl({"config", "set-credentials", "plugin", "--exec-command=" + path("plugin"),
             "--exec-api-version=client.authentication.k8s.io/v1",
             "--exec-interactive-mode=Never"});
    kubectl({"config", "set-context", "plugin", "--cluster=dev", "--user=plugin"});
  }

  static kube::ClusterConfig plugin_config() {
    const std::string file = plane() + "/admin.kubeconfig";
    auto config = kube::parse_kubeconfig(read(file), file, "plugin");
    if (!config.ok()) throw std::runtime_error(config.error().message);
    config->exec->time_limit = 1s;  // nobody wants to see it wait for longer
    return *config;
  }
  static long runs(const std::string& mode) {
    std::ifstream file(path("runs"));
    long count = 0;
    for (std::string line; std::getline(file, line);) count += line == mode ? 1 : 0;
    return count;
  }

  // The plug-in behaves by `mode` until all of its earlier tokens have expired, and for a while
  // after; then it works again.
  void survives(const std::string& fault, const std::string& mode) {
    replace(path("mode"), "ok");
    Subject subject(plugin_config());
    change();
    EXPECT_EQ(subject.missing(changes_), 0);
    replace(path("mode"), mode);
    // The first run comes at most a tenth of the token's life before its end, and the next after
    // two seconds.
    EXPECT_TRUE(await([&] { return runs(mode) >= 2; }));
    change();
    EXPECT_TRUE(await([&] { return runs(mode) >= 4; }));
    change();
    const long injections = runs(mode);
    replace(path("mode"), "ok");
    change();
    report(fault, injections, subject);
  }
};

TEST_F(ExecPlugin, whose_tokens_are_short_lived_loses_no_change) {
  Subject subject(plugin_config());
  const long before = runs("ok");
  for (int i = 0; i < 4; ++i) {
    const long so_far = runs("ok");
    EXPECT_TRUE(await([&] { return runs("ok") > so_far; }));
    change();
  }
  report("an exec plug-in's token expired and another was fetched", runs("ok") - before, subject);
}

TEST_F(ExecPlugin, that_is_slow_loses_no_change) { survives("an exec plug-in hung", "slow"); }

TEST_F(ExecPlugin, that_fails_loses_no_change) { survives("an exec plug-in failed", "fails"); }

TEST_F(ExecPlugin, that_prints_rubbish_loses_no_change) {
  survives("an exec plug-in printed rubbish", "rubbish");
}

TEST_F(ExecPlugin, that_gives_what_has_expired_loses_no_change) {
  survives("an exec plug-in gave an expired token", "expired");
}

}  // namespace
