// Flux, which applies sets of objects: its real kustomize-controller, and its sources, as
// source-controller would announce them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "net/http_server.h"
#include "support/cluster.h"
#include "support/process.h"

namespace support {

// kustomize.toolkit.fluxcd.io/v1 Kustomization, as far as tests read it.
struct Kustomization {
  kube::ObjectMeta metadata;
  kube::Conditions conditions;
  std::string ready_reason() const;
  std::string last_applied_revision;    // whose objects were healthy
  std::string last_attempted_revision;  // whose objects were applied
  std::string last_handled_reconcile_at;
  static const kube::Resource& resource();
};
void from_json(const kube::Json& json, Kustomization& kustomization);

class Flux {
 public:
  // Starts it with dev/flux/run.sh; this object's destructor ends it.
  explicit Flux(Cluster& cluster);
  ~Flux();

  // Makes `files`, by path, the content of the GitRepository of that name: a new commit. Returns
  // its revision, as statuses name it.
  std::string commit(const kube::NamespacedName& source,
                     const std::map<std::string, std::string>& files);

  Watch<Kustomization>& kustomizations() { return *kustomizations_; }
  // Returns it once it is Ready with `revision`, or once `revision` has failed its health check;
  // after `limit`, returns its present state.
  Kustomization await_ready(const kube::NamespacedName& key, const std::string& revision,
                            std::chrono::milliseconds limit = std::chrono::seconds{60});
  Kustomization await_unhealthy(const kube::NamespacedName& key, const std::string& revision,
                                std::chrono::milliseconds limit = std::chrono::seconds{60});
  // Makes it apply its source again, as `flux reconcile` does, and waits for the end.
  void reconcile(const kube::NamespacedName& key);

  // Its name in the audit log.
  static constexpr const char* user = "system:serviceaccount:flux-system:kustomize-controller";
  std::string end_of_log() const;

 private:
  Kustomization await(const kube::NamespacedName& key, std::chrono::milliseconds limit,
                      const std::function<bool(const Kustomization&)>& wanted);
  net::ServerResponse serve(const net::ServerRequest& request);

  Cluster& cluster_;
  const std::string log_file_;
  std::mutex mutex_;
  std::map<std::string, std::string> artifacts_;  // tar.gz by path
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<Process> process_;
  std::unique_ptr<Watch<Kustomization>> kustomizations_;
};

// A Kustomization of the GitRepository of the same name and namespace, which waits for the health
// of its objects. `more`: further lines of the spec, indented by two.
std::string kustomization_yaml(const kube::NamespacedName& key, const std::string& more = {});

}  // namespace support
