// A cluster of any kind, as a person uses it: kubectl, and waiting for states of objects.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/conditions.h"
#include "api/integration.h"
#include "api/offering.h"
#include "kube/client.h"
#include "kube/informer.h"
#include "support/process.h"

namespace support {

// A test's view of one kind: an informer of its own, so that a test awaits changes without polling.
// Thread-safe.
template <kube::KubeObject T>
class Watch {
 public:
  explicit Watch(kube::Client& client) : informer_(client) {
    informer_.on_change([this](const auto&, bool) {
      std::lock_guard lock(mutex_);
      changed_.notify_all();
    });
    thread_ = std::jthread([this](std::stop_token stop) { informer_.run(stop); });
    informer_.wait_synced({});
  }
  std::shared_ptr<const T> get(const kube::NamespacedName& key) const {
    return informer_.store().get(key);
  }
  // Returns the object once `wanted` holds for it (null: it is gone, if `wanted` accepts null);
  // after `limit`, returns its present state.
  std::shared_ptr<const T> await(const kube::NamespacedName& key,
                                 const std::function<bool(const T*)>& wanted,
                                 std::chrono::milliseconds limit = std::chrono::seconds{20}) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [&] { return wanted(get(key).get()); });
    return get(key);
  }
  std::vector<std::shared_ptr<const T>> list() const { return informer_.store().list(); }
  bool await_all(const std::function<bool(const std::vector<std::shared_ptr<const T>>&)>& wanted,
                 std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return wanted(list()); });
  }

 private:
  kube::Informer<T> informer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::jthread thread_;
};

// Not thread-safe except for client() and for Watch, which has its own rule. Ends the test run
// (abort) if a request fails.
class Kubernetes {
 public:
  kube::Client& client() { return *client_; }
  const std::string& kubeconfig() const { return kubeconfig_; }

  // A new namespace, unique in this cluster.
  std::string make_namespace(const std::string& prefix, const std::string& labels_yaml = "{}");

  Finished kubectl(std::vector<std::string> arguments, const std::string& input = {});
  // `kubectl apply`, which must succeed.
  void apply(const std::string& yaml, const std::vector<std::string>& flags = {});
  // Returns the objects of `kubectl get ARGUMENTS -o json`, which must succeed: one, or a list.
  net::Json get(std::vector<std::string> arguments);

  // Deletes all Integrations of a namespace by the hundred: kubectl deletes them one after another.
  void delete_integrations(const std::string& ns);

  // Made at the first call: by then the CRDs must exist.
  Watch<api::Integration>& integrations();
  Watch<api::Offering>& offerings();
  void forget_watches();  // before the CRDs go
  // Waits for that Ready reason of an Integration and returns the Integration, with or without it:
  // assert on the result.
  api::Integration await_reason(const kube::NamespacedName& key, const std::string& reason,
                                std::chrono::milliseconds limit = std::chrono::seconds{20});

 protected:
  Kubernetes() = default;
  ~Kubernetes() = default;
  void connect(std::string kubeconfig);  // before anything else
 private:
  std::string kubeconfig_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<Watch<api::Integration>> integrations_;
  std::unique_ptr<Watch<api::Offering>> offerings_;
};

// Returns the reason and message of a condition; empty if there is none.
std::string reason_of(const kube::Conditions& conditions, const std::string& type);
std::string message_of(const kube::Conditions& conditions, const std::string& type);

// Ends the test run, since the tests' ground is missing.
[[noreturn]] void give_up(const std::string& what);
// The command must have succeeded; calls give_up() otherwise.
void must(const Finished& finished, const std::string& what);
// A path of the source tree.
std::string source_path(const std::string& path);

}  // namespace support
