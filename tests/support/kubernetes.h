// A cluster, whatever it is made of, as a person uses it: kubectl, and awaiting what becomes of
// objects.
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

// What a test sees of one kind: an informer of its own, so that changes are awaited, not polled
// for. Thread-safe.
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
  // The object once `wanted` holds of it (null: it must be gone, if `wanted` accepts null); else as
  // it is after `limit`.
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

// Not thread-safe but for client() and what Watch says. Where it cannot do what it is asked to, it
// ends the test run (abort).
class Kubernetes {
 public:
  kube::Client& client() { return *client_; }
  const std::string& kubeconfig() const { return kubeconfig_; }

  // A new namespace, unique in this cluster.
  std::string make_namespace(const std::string& prefix, const std::string& labels_yaml = "{}");

  Finished kubectl(std::vector<std::string> arguments, const std::string& input = {});
  // `kubectl apply`, which must succeed.
  void apply(const std::string& yaml, const std::vector<std::string>& flags = {});
  // The objects of `kubectl get ARGUMENTS -o json`, which must succeed: one, or a list.
  net::Json get(std::vector<std::string> arguments);

  // All Integrations of a namespace by the hundred: kubectl deletes them one after another.
  void delete_integrations(const std::string& ns);

  // Made when they are first asked for: by then the CRDs must be there.
  Watch<api::Integration>& integrations();
  Watch<api::Offering>& offerings();
  void forget_watches();  // before the CRDs go
  // Waits for that Ready reason of an Integration and returns it, fulfilled or not: assert on what
  // comes back.
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

// The reason and message of a condition; empty where there is none.
std::string reason_of(const kube::Conditions& conditions, const std::string& type);
std::string message_of(const kube::Conditions& conditions, const std::string& type);

// Ends the test run: what the tests stand on is not there.
[[noreturn]] void give_up(const std::string& what);
// That the command succeeded; else give_up().
void must(const Finished& finished, const std::string& what);
// A path of the source tree.
std::string source_path(const std::string& path);

}  // namespace support
