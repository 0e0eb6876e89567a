#include "support/kubernetes.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "net/crypto.h"

namespace support {

void give_up(const std::string& what) {
  std::fprintf(stderr, "cannot go on: %s\n", what.c_str());
  std::abort();
}

void must(const Finished& finished, const std::string& what) {
  if (finished.exit_code != 0) give_up(what + ": " + finished.err + finished.out);
}

std::string source_path(const std::string& path) {
  return std::string{PROJECT_SOURCE_DIR} + "/" + path;
}

void Kubernetes::connect(std::string kubeconfig) {
  kubeconfig_ = std::move(kubeconfig);
  auto config = kube::load_config(kubeconfig_);
  if (!config.ok()) give_up(config.error().message);
  auto client = kube::Client::create(std::move(*config), {});
  if (!client.ok()) give_up(client.error().message);
  client_ = std::move(*client);
}

void Kubernetes::forget_watches() {
  integrations_.reset();
  offerings_.reset();
}

std::string Kubernetes::make_namespace(const std::string& prefix, const std::string& labels_yaml) {
  const std::string name = prefix + "-" + net::hex(net::random_bytes(4));
  apply("{apiVersion: v1, kind: Namespace, metadata: {name: " + name + ", labels: " + labels_yaml +
        "}}");
  return name;
}

Finished Kubernetes::kubectl(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), "kubectl");
  return run(arguments, input, {{"KUBECONFIG", kubeconfig()}});
}

void Kubernetes::apply(const std::string& yaml, const std::vector<std::string>& flags) {
  std::vector<std::string> arguments{"apply", "-f", "-"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  // Without this line kubectl reads text that begins with a brace as JSON, though it is YAML.
  must(kubectl(arguments, "---\n" + yaml), "kubectl apply");
}

net::Json Kubernetes::get(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "get");
  arguments.insert(arguments.end(), {"-o", "json"});
  const Finished got = kubectl(arguments);
  must(got, "kubectl get");
  return net::Json::parse(got.out);
}

// By pages: thousands at once take longer than the client waits.
void Kubernetes::delete_integrations(const std::string& ns) {
  const std::string page = api::Integration::resource().path(ns) + "?limit=500";
  while (true) {
    const auto deleted = client_->send({.method = "DELETE", .path = page}, {});
    if (!deleted.ok())
      give_up("deleting the Integrations of " + ns + ": " + deleted.error().message);
    if (net::Json::parse(*deleted).at("items").empty()) return;
  }
}

Watch<api::Integration>& Kubernetes::integrations() {
  if (!integrations_) integrations_ = std::make_unique<Watch<api::Integration>>(*client_);
  return *integrations_;
}

Watch<api::Offering>& Kubernetes::offerings() {
  if (!offerings_) offerings_ = std::make_unique<Watch<api::Offering>>(*client_);
  return *offerings_;
}

api::Integration Kubernetes::await_reason(const kube::NamespacedName& key,
                                          const std::string& reason,
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
