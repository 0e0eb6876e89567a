#include "operator/keys.h"

#include <algorithm>
#include <optional>

#include "kube/core.h"
#include "net/crypto.h"
#include "net/log.h"

namespace op {

namespace {

constexpr const char* kKey = "key";
constexpr std::size_t kBytes = 32;
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLastRetry{30};

net::Result<net::SecretString> read(kube::Client& client, const kube::NamespacedName& name,
                                    std::stop_token stop) {
  auto secret = client.get<kube::Secret>(name, stop);
  if (!secret.ok()) return secret.error();
  const auto found = secret->data.find(kKey);
  if (found == secret->data.end() || found->second.size() != kBytes)
    return net::Error{
        net::ErrorCode::Invalid,
        "Secret " + name.to_string() + " has no value of 32 bytes under \"" + kKey +
            "\". Delete it to have a new one made (every Integration is then verified again)."};
  return found->second;
}

net::Status create(kube::Client& client, const kube::NamespacedName& name, std::stop_token stop) {
  std::string bytes = net::random_bytes(kBytes);
  kube::Json body = {
      {"apiVersion", "v1"},
      {"kind", "Secret"},
      {"metadata",
       {{"name", name.name},
        {"namespace", name.namespace_},
        {"labels", {{"app.kubernetes.io/part-of", "integration-operator"}}}}},
      {"type", "Opaque"},
      {"data", {{kKey, net::base64(bytes)}}},
  };
  net::wipe(bytes);
  auto created = client.send({.method = "POST",
                              .path = kube::Secret::resource().path(name.namespace_),
                              .content_type = "application/json",
                              .body = body.dump()},
                             stop);
  kube::wipe(body);
  if (created.ok()) net::wipe(*created);  // the answer repeats the key
  if (created.ok() || created.error().code == net::ErrorCode::AlreadyExists) return {};
  return created.error();
}

}  // namespace

net::Result<net::SecretString> load_or_create_key(kube::Client& client, const std::string& ns,
                                                  std::stop_token stop) {
  const kube::NamespacedName name{ns, keys_secret_name};
  auto key = read(client, name, stop);
  if (key.ok() || key.error().code != net::ErrorCode::NotFound) return key;
  if (net::Status made = create(client, name, stop); !made.ok()) return made.error();
  return read(client, name, stop);
}

net::Result<net::SecretString> await_key(kube::Client& client, const std::string& ns,
                                         net::Clock& clock, std::stop_token stop) {
  const net::Logger log("keys");
  std::optional<net::ErrorCode> failing;
  std::chrono::seconds pause = kFirstRetry;
  while (true) {
    auto key = load_or_create_key(client, ns, stop);
    if (key.ok() || key.error().code == net::ErrorCode::Invalid) return key;
    if (!stop.stop_requested() && std::exchange(failing, key.error().code) != key.error().code)
      log.error(
          "The operator's key cannot be read or made. Without it nothing can be verified; it is "
          "tried again, at most 30 s apart, until it succeeds",
          {{"secret", kube::NamespacedName{ns, keys_secret_name}.to_string()},
           {"err", key.error()}});
    if (!clock.sleep(pause, stop)) return net::Error{net::ErrorCode::Cancelled, "stopped"};
    pause = std::min(2 * pause, kLastRetry);
  }
}

std::string fingerprint(const net::SecretString& key) {
  return net::hex(net::derive_key(key.reveal(), "fingerprint")).substr(0, 8);
}

}  // namespace op
