#include "support/cluster.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "net/crypto.h"

namespace support {

namespace {

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "cannot go on: %s\n", what.c_str());
  std::abort();
}

std::string source(const std::string& path) { return std::string{PROJECT_SOURCE_DIR} + "/" + path; }

void must(const Finished& finished, const std::string& what) {
  if (finished.exit_code != 0) give_up(what + ": " + finished.err + finished.out);
}

}  // namespace

Cluster& Cluster::instance() {
  static Cluster cluster;
  return cluster;
}

Cluster::Cluster() {
  std::string scratch = std::filesystem::temp_directory_path() / "integration-operator-test.XXXXXX";
  if (mkdtemp(scratch.data()) == nullptr) give_up("no temporary directory");
  scratch_ = scratch;
  const char* given = std::getenv("CONTROL_PLANE_DIR");
  own_ = given == nullptr || *given == '\0';
  directory_ = own_ ? scratch_ + "/control-plane" : given;
  if (own_) must(run({source("dev/control-plane/up.sh"), directory_}), "dev/control-plane/up.sh");

  auto config = kube::load_config(kubeconfig());
  if (!config.ok()) give_up(config.error().message);
  auto client = kube::Client::create(std::move(*config), {});
  if (!client.ok()) give_up(client.error().message);
  client_ = std::move(*client);
  for (const char* folder : {"crds", "deploy"})
    must(kubectl({"apply", "--server-side", "-f", source(folder)}),
         std::string{"kubectl apply -f "} + folder);
  must(kubectl({"wait", "--for=condition=Established", "--timeout=30s",
                "crd/offerings.oauth.integrations.dev", "crd/integrations.oauth.integrations.dev"}),
       "waiting for the CRDs");
  integrations_ = std::make_unique<Watch<api::Integration>>(*client_);
  offerings_ = std::make_unique<Watch<api::Offering>>(*client_);
}

Cluster::~Cluster() {
  integrations_.reset();
  offerings_.reset();
  if (own_) run({source("dev/control-plane/down.sh"), directory_, "--purge"});
  std::error_code ignored;
  std::filesystem::remove_all(scratch_, ignored);
}

std::string Cluster::make_namespace(const std::string& prefix, const std::string& labels_yaml) {
  const std::string name = prefix + "-" + net::hex(net::random_bytes(4));
  apply("{apiVersion: v1, kind: Namespace, metadata: {name: " + name + ", labels: " + labels_yaml +
        "}}");
  return name;
}

Finished Cluster::kubectl(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), "kubectl");
  return run(arguments, input, {{"KUBECONFIG", kubeconfig()}});
}

void Cluster::apply(const std::string& yaml, const std::vector<std::string>& flags) {
  std::vector<std::string> arguments{"apply", "-f", "-"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  // Without this line kubectl takes what begins with a brace for JSON, though it is YAML.
  must(kubectl(arguments, "---\n" + yaml), "kubectl apply");
}

void Cluster::delete_integrations(const std::string& ns) {
  const auto deleted =
      client_->send({.method = "DELETE", .path = api::Integration::resource().path(ns)}, {});
  if (!deleted.ok()) give_up("deleting the Integrations of " + ns + ": " + deleted.error().message);
}

api::Integration Cluster::await_reason(const kube::NamespacedName& key, const std::string& reason,
                                       std::chrono::milliseconds limit) {
  const auto found = integrations().await(
      key,
      [&](const api::Integration* integration) {
        return integration != nullptr &&
               integration->status.observed_generation == integration->metadata.generation &&
               reason_of(integration->status.conditions, api::condition::ready) == reason;
      },
      limit);
  return found ? *found : api::Integration{};
}

std::string reason_of(const kube::Conditions& conditions, const std::string& type) {
  const kube::Condition* found = kube::find_condition(conditions, type);
  return found == nullptr ? "" : found->reason;
}

std::string message_of(const kube::Conditions& conditions, const std::string& type) {
  const kube::Condition* found = kube::find_condition(conditions, type);
  return found == nullptr ? "" : found->message;
}

}  // namespace support
