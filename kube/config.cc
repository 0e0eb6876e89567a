#include "kube/config.h"

#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "net/crypto.h"
#include "net/url.h"

namespace kube {
namespace {

using net::Error;
using net::ErrorCode;
using net::Result;
using net::Status;

Error invalid(std::string message) { return Error{ErrorCode::Invalid, std::move(message)}; }

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // A directory opens, but cannot be read from; an empty file leaves nothing to insert.
  if (!file || (file.peek() != EOF && !(text << file.rdbuf())) || file.bad()) {
    return Error{ErrorCode::NotFound, path + ": cannot be read"};
  }
  return std::move(text).str();
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  text.erase(0, text.find_first_not_of(" \t\r\n"));
  return text;
}

// What may stand in an Authorization header (RFC 9110 5.5).
bool fits_a_header(const std::string& text) {
  for (const char c : text) {
    if (c < 0x21 || c == 0x7f) return false;
  }
  return true;
}

// A mapping of a kubeconfig file, which knows where it stands: every error names the file, the line
// and the field.
class Section {
 public:
  Section(const YAML::Node& node, std::string file, std::string name)
      : node_(node), file_(std::move(file)), name_(std::move(name)) {}

  const std::string& file() const { return file_; }

  // A relative path in a kubeconfig is relative to the file.
  std::string resolve(const std::string& path) const {
    return (std::filesystem::path(file_).parent_path() / path).string();
  }

  bool has(const char* field) const {
    const YAML::Node value = node_[field];
    return value && !value.IsNull() && !(value.IsScalar() && value.Scalar().empty());
  }

  Error error(const char* field, const std::string& problem) const {
    const YAML::Node value = node_[field];
    const YAML::Mark mark = value ? value.Mark() : node_.Mark();
    const std::string line = mark.is_null() ? "" : ":" + std::to_string(mark.line + 1);
    return invalid(file_ + line + ": " + (name_.empty() ? "" : name_ + ": ") + field + ": " +
                   problem);
  }

  // Empty where the field is not there.
  Result<std::string> text(const char* field) const {
    if (!has(field)) return std::string{};
    const YAML::Node value = node_[field];
    if (!value.IsScalar()) return error(field, "must be a string");
    return value.Scalar();
  }

  Result<bool> boolean(const char* field) const {
    const auto value = text(field);
    if (!value.ok()) return value.error();
    if (value->empty() || *value == "false") return false;
    if (*value == "true") return true;
    return error(field, "must be true or false");
  }

  // FIELD-data in base64, or else the file that FIELD names; empty where neither is there. It must
  // contain `marker`.
  Result<std::string> pem(const char* field, const char* marker) const {
    const std::string data_field = std::string(field) + "-data";
    const bool is_inline = has(data_field.c_str());
    const char* used = is_inline ? data_field.c_str() : field;
    const auto value = text(used);
    if (!value.ok() || value->empty()) return value;
    const auto content = is_inline ? net::parse_base64(*value) : read_file(resolve(*value));
    if (!content.ok()) return error(used, is_inline ? "is not base64" : content.error().message);
    if (content->find(marker) == std::string::npos) {
      return error(used, std::string("is not PEM: it has no \"") + marker + "\"");
    }
    return content;
  }

 private:
  YAML::Node node_;
  std::string file_;
  std::string name_;
};

// One or more files, merged as client-go does: what an earlier file says holds
// (tools/clientcmd/loader.go).
class Kubeconfig {
 public:
  Status add(const std::string& yaml, const std::string& path) {
    YAML::Node root;
    try {
      root = YAML::Load(yaml);
    } catch (const YAML::Exception& exception) {
      return invalid(path + ":" + std::to_string(exception.mark.line + 1) +
                     ": not YAML: " + exception.msg);
    }
    if (!root.IsMap())
      return invalid(path + ": is not a kubeconfig: it must be a mapping with kind: Config");
    const Section top(root, path, "");
    const auto kind = top.text("kind");
    if (!kind.ok()) return kind.error();
    if (!kind->empty() && *kind != "Config") return top.error("kind", "must be Config");
    for (const char* list : {"clusters", "contexts", "users"}) {
      if (top.has(list) && !root[list].IsSequence()) return top.error(list, "must be a list");
    }
    files_.push_back({root, path});
    return {};
  }

  // The names of all files, for messages.
  std::string source() const {
    std::string names;
    for (const File& file : files_) names += (names.empty() ? "" : ":") + file.path;
    return names;
  }

  Result<std::string> current_context() const {
    for (const File& file : files_) {
      auto name = Section(file.root, file.path, "").text("current-context");
      if (!name.ok() || !name->empty()) return name;
    }
    return invalid(
        source() +
        ": current-context: is not set; choose one with: kubectl config use-context NAME");
  }

  // The entry of that name in `list` ("clusters"), whose content is under `key` ("cluster").
  Result<Section> find(const char* list, const char* key, const std::string& name) const {
    for (const File& file : files_) {
      const Section top(file.root, file.path, "");
      if (!top.has(list)) continue;
      for (const YAML::Node& entry : file.root[list]) {
        if (!entry.IsMap())
          return top.error(list, "each entry must be a mapping with name and " + std::string(key));
        const Section named(entry, file.path, std::string(list) + "[\"" + name + "\"]");
        const auto its_name = named.text("name");
        if (!its_name.ok()) return its_name.error();
        if (*its_name != name) continue;
        if (!named.has(key) || !entry[key].IsMap()) return named.error(key, "must be a mapping");
        return Section(entry[key], file.path, std::string(key) + " \"" + name + "\"");
      }
    }
    return invalid(source() + ": " + list + ": there is no " + key + " \"" + name + "\"");
  }

 private:
  struct File {
    YAML::Node root;
    std::string path;
  };
  std::vector<File> files_;
};

Status check_url(const Section& section, const char* field, const std::string& url) {
  const auto parsed = net::parse_url(url);
  if (!parsed.ok()) return section.error(field, parsed.error().message);
  if (!parsed->query.empty()) return section.error(field, "must not have a query");
  return {};
}

Status read_cluster(const Section& cluster, ClusterConfig& config) {
  auto server = cluster.text("server");
  if (!server.ok()) return server.error();
  if (server->empty())
    return cluster.error("server", "is not set; it is the URL of the API server");
  if (auto status = check_url(cluster, "server", *server); !status.ok()) return status;
  while (server->ends_with('/')) server->pop_back();
  config.server = std::move(*server);

  auto ca = cluster.pem("certificate-authority", "-----BEGIN CERTIFICATE-----");
  if (!ca.ok()) return ca.error();
  const auto insecure = cluster.boolean("insecure-skip-tls-verify");
  if (!insecure.ok()) return insecure.error();
  if (*insecure && !ca->empty()) {
    return cluster.error("insecure-skip-tls-verify",
                         "cannot be set together with a certificate authority: remove one");
  }
  config.tls.verify_peer = !*insecure;
  config.tls.system_roots = ca->empty();
  config.tls.ca_pem = std::move(*ca);

  auto server_name = cluster.text("tls-server-name");
  if (!server_name.ok()) return server_name.error();
  config.tls.server_name = std::move(*server_name);

  auto proxy = cluster.text("proxy-url");
  if (!proxy.ok()) return proxy.error();
  if (!proxy->empty()) {
    if (auto status = check_url(cluster, "proxy-url", *proxy); !status.ok()) return status;
  }
  config.proxy_url = std::move(*proxy);
  return {};
}

// Without what is asked for here the API server would see somebody else than the file says.
Status refuse_unsupported(const Section& user) {
  for (const char* field : {"exec", "auth-provider", "username", "password", "as", "as-uid",
                            "as-groups", "as-user-extra"}) {
    if (user.has(field)) {
      return user.error(field, "is not supported; use a client certificate, token or tokenFile");
    }
  }
  return {};
}

Status read_token(const Section& user, ClusterConfig& config) {
  auto file = user.text("tokenFile");
  if (!file.ok()) return file.error();
  auto token = user.text("token");
  if (!token.ok()) return token.error();
  if (!fits_a_header(*token))
    return user.error("token", "has a white space or control character in it");
  config.token = net::SecretString(std::move(*token));
  if (file->empty()) return {};
  config.token_file = user.resolve(*file);
  auto content = read_file(config.token_file);
  if (!content.ok()) return user.error("tokenFile", content.error().message);
  const net::SecretString read(trimmed(std::move(*content)));
  if (read.empty()) return user.error("tokenFile", config.token_file + " is empty");
  if (!fits_a_header(read.reveal())) {
    return user.error("tokenFile",
                      config.token_file + " has a white space or control character in it");
  }
  return {};
}

Status read_user(const Section& user, ClusterConfig& config) {
  if (auto status = refuse_unsupported(user); !status.ok()) return status;
  auto certificate = user.pem("client-certificate", "-----BEGIN CERTIFICATE-----");
  if (!certificate.ok()) return certificate.error();
  auto key = user.pem("client-key", "PRIVATE KEY-----");
  if (!key.ok()) return key.error();
  if (certificate->empty() != key->empty()) {
    return certificate->empty() ? user.error("client-certificate", "is not set, but client-key is")
                                : user.error("client-key", "is not set, but client-certificate is");
  }
  config.tls.client_cert_pem = std::move(*certificate);
  config.tls.client_key_pem = net::SecretString(std::move(*key));
  return read_token(user, config);
}

Result<ClusterConfig> resolve(const Kubeconfig& kubeconfig, const std::string& wanted) {
  auto name = wanted.empty() ? kubeconfig.current_context() : Result<std::string>(wanted);
  if (!name.ok()) return name.error();
  const auto context = kubeconfig.find("contexts", "context", *name);
  if (!context.ok()) return context.error();

  ClusterConfig config;
  config.source = kubeconfig.source() + " (context \"" + *name + "\")";
  auto ns = context->text("namespace");
  if (!ns.ok()) return ns.error();
  config.namespace_ = ns->empty() ? "default" : std::move(*ns);

  const auto cluster_name = context->text("cluster");
  if (!cluster_name.ok()) return cluster_name.error();
  if (cluster_name->empty()) return context->error("cluster", "is not set");
  const auto cluster = kubeconfig.find("clusters", "cluster", *cluster_name);
  if (!cluster.ok()) return cluster.error();
  if (auto status = read_cluster(*cluster, config); !status.ok()) return status.error();

  const auto user_name = context->text("user");
  if (!user_name.ok()) return user_name.error();
  if (user_name->empty()) return config;
  const auto user = kubeconfig.find("users", "user", *user_name);
  if (!user.ok()) return user.error();
  if (auto status = read_user(*user, config); !status.ok()) return status.error();
  return config;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The files of a KUBECONFIG list; as in client-go, those that are not there are passed over.
Result<ClusterConfig> load_list(const std::string& list) {
  Kubeconfig kubeconfig;
  std::istringstream paths(list);
  bool any = false;
  for (std::string path; std::getline(paths, path, ':');) {
    if (path.empty() || !std::filesystem::exists(path)) continue;
    const auto yaml = read_file(path);
    if (!yaml.ok()) return yaml.error();
    if (auto status = kubeconfig.add(*yaml, path); !status.ok()) return status.error();
    any = true;
  }
  if (!any) return Error{ErrorCode::NotFound, "KUBECONFIG: none of its files is there: " + list};
  return resolve(kubeconfig, "");
}

Result<ClusterConfig> load_file(const std::string& path) {
  const auto yaml = read_file(path);
  if (!yaml.ok()) return yaml.error();
  return parse_kubeconfig(*yaml, path);
}

}  // namespace

Result<ClusterConfig> parse_kubeconfig(const std::string& yaml, const std::string& path,
                                       const std::string& context) {
  Kubeconfig kubeconfig;
  if (auto status = kubeconfig.add(yaml, path); !status.ok()) return status.error();
  return resolve(kubeconfig, context);
}

Result<ClusterConfig> in_cluster_config(const std::string& service_account_dir) {
  const std::string host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return invalid(
        "not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
  }
  ClusterConfig config;
  // cpprestsdk cannot connect to an IPv6 literal; this name leads to the same Service.
  const bool is_ipv6 = host.find(':') != std::string::npos;
  config.server = "https://" + (is_ipv6 ? "kubernetes.default.svc" : host) + ":" + port;
  if (auto url = net::parse_url(config.server); !url.ok()) {
    return invalid("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT: " + url.error().message);
  }
  config.source = service_account_dir;
  config.token_file = service_account_dir + "/token";
  const auto token = read_file(config.token_file);
  if (!token.ok()) return token.error();
  if (trimmed(*token).empty()) return invalid(config.token_file + ": is empty");

  auto ca = read_file(service_account_dir + "/ca.crt");
  if (!ca.ok()) return ca.error();
  if (ca->find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return invalid(service_account_dir + "/ca.crt: is not a PEM certificate");
  }
  config.tls.ca_pem = std::move(*ca);
  config.tls.system_roots = false;

  const auto ns = read_file(service_account_dir + "/namespace");
  config.namespace_ = ns.ok() ? trimmed(*ns) : "default";
  return config;
}

Result<ClusterConfig> load_config(const std::string& kubeconfig) {
  if (!kubeconfig.empty()) return load_file(kubeconfig);
  if (const std::string list = environment("KUBECONFIG"); !list.empty()) return load_list(list);
  if (!environment("KUBERNETES_SERVICE_HOST").empty()) return in_cluster_config();
  const std::string home_config = environment("HOME") + "/.kube/config";
  if (std::filesystem::exists(home_config)) return load_file(home_config);
  return Error{ErrorCode::NotFound,
               "no cluster: set --kubeconfig or KUBECONFIG, run in a Pod, or write " + home_config};
}

}  // namespace kube
