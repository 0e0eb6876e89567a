#include "operator/keys.h"

#include "kube/core.h"
#include "net/crypto.h"

namespace op {

namespace {

constexpr const char* kKey = "key";
constexpr std::size_t kBytes = 32;

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

}  // namespace op
