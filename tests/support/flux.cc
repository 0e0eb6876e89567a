#include "support/flux.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "net/crypto.h"
#include "net/time_format.h"

namespace support {

namespace {

std::string archive(const std::string& folder, const std::map<std::string, std::string>& files) {
  for (const auto& [name, content] : files) {
    const std::filesystem::path path = std::filesystem::path{folder} / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }
  Finished made = run({"tar", "-czf", "-", "-C", folder, "."});
  if (made.exit_code != 0) give_up("tar: " + made.err);
  std::filesystem::remove_all(folder);
  return std::move(made.out);
}

// source-controller would own it, but does not run: nobody reads the URL.
std::string git_repository_yaml(const kube::NamespacedName& key) {
  return "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: "
         "{namespace: " +
         key.namespace_ + ", name: " + key.name +
         "}\nspec: {interval: 1h, url: 'https://git.example/sets.git'}\n";
}

}  // namespace

const kube::Resource& Kustomization::resource() {
  static const kube::Resource kKustomizations{"kustomize.toolkit.fluxcd.io", "v1", "kustomizations",
                                              "Kustomization", true};
  return kKustomizations;
}

std::string Kustomization::ready_reason() const { return reason_of(conditions, "Ready"); }

void from_json(const kube::Json& json, Kustomization& kustomization) {
  const kube::Json status = json.value("status", kube::Json::object());
  kustomization = {.metadata = json.at("metadata"),
                   .conditions = status.value("conditions", kube::Conditions{}),
                   .last_applied_revision = status.value("lastAppliedRevision", ""),
                   .last_attempted_revision = status.value("lastAttemptedRevision", ""),
                   .last_handled_reconcile_at = status.value("lastHandledReconcileAt", "")};
}

Flux::Flux(Cluster& cluster) : cluster_(cluster), log_file_(cluster.temporary_path("flux.log")) {
  auto server = net::HttpServer::start(
      {.address = "127.0.0.1"},
      [this](const net::ServerRequest& request, std::stop_token) { return serve(request); });
  if (!server.ok()) give_up(server.error().message);
  server_ = std::move(*server);
  process_ = std::make_unique<Process>(ProcessOptions{
      .command = {std::string{PROJECT_SOURCE_DIR} + "/dev/flux/run.sh", cluster.directory()},
      .environment = {},
      .log_file = log_file_});
  // Its definitions come first: without them it has nothing to watch.
  while (cluster_.kubectl({"get", "kustomizations", "--all-namespaces"}).exit_code != 0)
    if (process_->wait(std::chrono::milliseconds{50}))
      give_up("dev/flux/run.sh ended: " + end_of_log());
  kustomizations_ = std::make_unique<Watch<Kustomization>>(cluster_.client());
}

Flux::~Flux() {
  kustomizations_.reset();
  process_->signal(SIGTERM);
  process_->wait(std::chrono::seconds{10});
  server_->stop(std::chrono::seconds{0});
}

std::string Flux::commit(const kube::NamespacedName& source,
                         const std::map<std::string, std::string>& files) {
  const std::string id = net::hex(net::random_bytes(20));
  const std::string path = "/" + id + ".tar.gz";
  const std::string content = archive(cluster_.temporary_path(id), files);
  const std::string revision = "main@sha1:" + id;
  {
    const std::lock_guard lock(mutex_);
    artifacts_[path] = content;
  }
  const kube::Json status = {
      {"status",
       {{"artifact",
         {{"path", path},
          {"url", "http://127.0.0.1:" + std::to_string(server_->port()) + path},
          {"revision", revision},
          {"digest", "sha256:" + net::hex(net::sha256(content))},
          {"size", content.size()},
          {"lastUpdateTime", net::format_rfc3339(net::system_clock().now())}}}}}};
  cluster_.apply(git_repository_yaml(source));
  const Finished announced =
      cluster_.kubectl({"patch", "gitrepository", source.name, "-n", source.namespace_,
                        "--subresource=status", "--type=merge", "-p", status.dump()});
  if (announced.exit_code != 0) give_up("announcing a commit: " + announced.err);
  return revision;
}

// Flux writes conditions first, and the rest of its status later.
Kustomization Flux::await_ready(const kube::NamespacedName& key, const std::string& revision,
                                std::chrono::milliseconds limit) {
  return await(key, limit, [&](const Kustomization& k) {
    return k.last_applied_revision == revision && k.ready_reason() == "ReconciliationSucceeded";
  });
}

Kustomization Flux::await_unhealthy(const kube::NamespacedName& key, const std::string& revision,
                                    std::chrono::milliseconds limit) {
  return await(key, limit, [&](const Kustomization& k) {
    return k.last_attempted_revision == revision && k.ready_reason() == "HealthCheckFailed";
  });
}

Kustomization Flux::await(const kube::NamespacedName& key, std::chrono::milliseconds limit,
                          const std::function<bool(const Kustomization&)>& wanted) {
  const auto found = kustomizations().await(
      key, [&](const Kustomization* k) { return k != nullptr && wanted(*k); }, limit);
  return found ? *found : Kustomization{};
}

void Flux::reconcile(const kube::NamespacedName& key) {
  const std::string now = net::hex(net::random_bytes(4));
  cluster_.kubectl({"annotate", "kustomization", key.name, "-n", key.namespace_, "--overwrite",
                    "reconcile.fluxcd.io/requestedAt=" + now});
  kustomizations().await(
      key,
      [&](const Kustomization* k) {
        return k != nullptr && k->last_handled_reconcile_at == now &&
               k->ready_reason() != "Progressing";
      },
      std::chrono::seconds{60});
}

std::string Flux::end_of_log() const {
  constexpr std::size_t kEnough = 6000;
  std::ifstream file(log_file_);
  std::ostringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  return all.size() < kEnough ? all : all.substr(all.size() - kEnough);
}

net::ServerResponse Flux::serve(const net::ServerRequest& request) {
  const std::lock_guard lock(mutex_);
  const auto found = artifacts_.find(request.path);
  if (found == artifacts_.end()) return {.status = 404, .headers = {}, .body = {}};
  return {.status = 200, .headers = {{"Content-Type", "application/gzip"}}, .body = found->second};
}

std::string kustomization_yaml(const kube::NamespacedName& key, const std::string& more) {
  return "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: "
         "{namespace: " +
         key.namespace_ + ", name: " + key.name +
         "}\nspec:\n  sourceRef: {kind: GitRepository, name: " + key.name +
         "}\n  interval: 1h\n  retryInterval: 2s\n  timeout: 5m\n  prune: true\n  wait: true\n" +
         more;
}

}  // namespace support
