#include "operator/keys.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "kube/core.h"
#include "net/crypto.h"
#include "net/log.h"

namespace op {

namespace {

constexpr const char* kKey = "key";
constexpr std::size_t kBytes = 32;
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLastRetry{30};
constexpr std::chrono::seconds kMissingRetry{2};  // the leader is about to create it

net::Result<net::SecretString> read(kube::Client& client, const kube::NamespacedName& name,
                                    std::stop_token stop) {
  auto secret = client.get<kube::Secret>(name, stop);
  if (!secret.ok()) return secret.error();
  const auto found = secret->data.find(kKey);
  if (found == secret->data.end() || found->second.size() != kBytes)
    return net::Error{
        net::ErrorCode::Invalid,
        "Secret " + name.to_string() + " does not have a value of 32 bytes under \"" + kKey +
            "\". Delete it: the operator then creates a new one, and verifies every Integration "
            "again."};
  return found->second;
}

net::Status create(kube::Client& client, const kube::NamespacedName& name, std::stop_token stop) {
  kube::Secret secret;
  secret.metadata.name = name.name;
  secret.metadata.namespace_ = name.namespace_;
  secret.metadata.labels = {{"app.kubernetes.io/part-of", "integration-operator"}};
  secret.data.emplace(kKey, net::random_bytes(kBytes));
  const auto created = client.create(secret, stop);
  if (created.ok() || created.error().code == net::ErrorCode::AlreadyExists) return {};
  return created.error();
}

// Returns whether this replica waits for the leader to create the Secret: no failure in a new
// install.
bool waits_for_leader(IfMissing missing, const net::Error& error) {
  return missing == IfMissing::Wait && error.code == net::ErrorCode::NotFound;
}

void report(const net::Logger& log, IfMissing missing, const net::Error& error) {
  if (waits_for_leader(missing, error))
    log.info(
        "The Secret with the operator's key does not exist yet. This replica waits until the "
        "leader has created it");
  else
    log.error(
        "The operator cannot read or create its key, so it cannot verify anything. It retries at "
        "least every 30 s",
        {{"err", error}});
}

}  // namespace

net::Result<net::SecretString> load_key(kube::Client& client, const std::string& ns,
                                        IfMissing missing, std::stop_token stop) {
  const kube::NamespacedName name{ns, keys_secret_name};
  auto key = read(client, name, stop);
  if (key.ok() || key.error().code != net::ErrorCode::NotFound || missing == IfMissing::Wait)
    return key;
  if (net::Status made = create(client, name, stop); !made.ok()) return made.error();
  return read(client, name, stop);
}

net::Result<net::SecretString> await_key(kube::Client& client, const std::string& ns,
                                         IfMissing missing, net::Clock& clock,
                                         std::stop_token stop) {
  const net::Logger log = net::Logger("keys").with(
      {{"secret", kube::NamespacedName{ns, keys_secret_name}.to_string()}});
  std::optional<net::ErrorCode> failing;
  std::chrono::seconds backoff = kFirstRetry;
  while (true) {
    auto key = load_key(client, ns, missing, stop);
    if (key.ok() || key.error().code == net::ErrorCode::Invalid) return key;
    const net::Error& error = key.error();
    if (!stop.stop_requested() && std::exchange(failing, error.code) != error.code)
      report(log, missing, error);
    const bool waits = waits_for_leader(missing, error);
    if (!clock.sleep(waits ? kMissingRetry : backoff, stop))
      return net::Error{net::ErrorCode::Cancelled, "a stop was requested before the key was read"};
    backoff = waits ? kFirstRetry : std::min(2 * backoff, kLastRetry);
  }
}

std::string fingerprint(const net::SecretString& key) {
  return net::hex(net::derive_key(key.reveal(), "fingerprint")).substr(0, 8);
}

}  // namespace op
