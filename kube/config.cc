#include "kube/config.h"

#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "kube/bearer.h"
#include "net/crypto.h"
#include "net/file.h"
#include "net/text.h"
#include "net/url.h"

namespace kube {
namespace {

using net::Error;
using net::ErrorCode;
using net::Result;
using net::Status;

Error invalid(std::string message) { return Error{ErrorCode::Invalid, std::move(message)}; }

// PEM that a kubeconfig contains, or a file whose name is there.
struct Pem {
  std::string text;
  std::string file;  // empty: inline
};

// YAML's core schema (YAML 1.2 section 10.3), as far as plug-ins' own settings need it.
net::Json to_json(const YAML::Node& node) {
  net::Json json;
  if (node.IsSequence()) {
    json = net::Json::array();
    for (const YAML::Node& entry : node) json.push_back(to_json(entry));
  } else if (node.IsMap()) {
    json = net::Json::object();
    for (const auto& entry : node) json[entry.first.Scalar()] = to_json(entry.second);
  } else if (node.IsScalar()) {
    const bool quoted = node.Tag() == "!";
    const std::string& text = node.Scalar();
    if (!quoted && (text == "true" || text == "false")) return text == "true";
    if (std::int64_t whole = 0; !quoted && YAML::convert<std::int64_t>::decode(node, whole)) {
      return whole;
    }
    if (double real = 0; !quoted && YAML::convert<double>::decode(node, real)) return real;
    return text;
  }
  return json;
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
    return invalid(file_ + line + ": " + within(field) + ": " + problem);
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

  // Empty where the field is not there.
  Result<std::vector<std::string>> texts(const char* field) const {
    std::vector<std::string> all;
    if (!has(field)) return all;
    if (!node_[field].IsSequence()) return error(field, "must be a list of strings");
    for (const YAML::Node& entry : node_[field]) {
      if (!entry.IsScalar()) return error(field, "must be a list of strings");
      all.push_back(entry.Scalar());
    }
    return all;
  }

  // The mappings of a list; empty where the field is not there.
  Result<std::vector<Section>> sections(const char* field) const {
    std::vector<Section> all;
    if (!has(field)) return all;
    if (!node_[field].IsSequence()) return error(field, "must be a list of mappings");
    for (const YAML::Node& entry : node_[field]) {
      if (!entry.IsMap()) return error(field, "must be a list of mappings");
      all.emplace_back(entry, file_, within(field));
    }
    return all;
  }

  Result<Section> section(const char* field) const {
    if (!node_[field].IsMap()) return error(field, "must be a mapping");
    return Section(node_[field], file_, within(field));
  }

  std::vector<std::string> fields() const {
    std::vector<std::string> names;
    for (const auto& entry : node_) names.push_back(entry.first.Scalar());
    return names;
  }

  net::Json json(const char* field) const { return to_json(node_[field]); }

  // For later messages about that field.
  std::string place(const char* field) const { return file_ + ": " + within(field); }

  // FIELD-data in base64, or else the file that FIELD names; empty where neither is there. It must
  // contain `marker`.
  Result<Pem> pem(const char* field, const char* marker) const {
    const std::string data_field = std::string(field) + "-data";
    const bool is_inline = has(data_field.c_str());
    if (is_inline && has(field)) {
      return error(field, "cannot be set together with " + data_field + ": remove one");
    }
    const char* used = is_inline ? data_field.c_str() : field;
    const auto value = text(used);
    if (!value.ok()) return value.error();
    if (value->empty()) return Pem{};
    const std::string file = is_inline ? "" : resolve(*value);
    auto content = is_inline ? net::parse_base64(*value) : net::read_file(file);
    if (!content.ok()) return error(used, is_inline ? "is not base64" : content.error().message);
    if (content->find(marker) == std::string::npos) {
      return error(used, std::string("is not PEM: it has no \"") + marker + "\"");
    }
    return Pem{std::move(*content), file};
  }

 private:
  std::string within(const std::string& field) const {
    return name_.empty() ? field : name_ + ": " + field;
  }

  YAML::Node node_;
  std::string file_;
  std::string name_;
};

// One or more files, merged as client-go does: an earlier file overrides a later one
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
  if (*insecure && !ca->text.empty()) {
    return cluster.error("insecure-skip-tls-verify",
                         "cannot be set together with a certificate authority: remove one");
  }
  config.tls.verify_peer = !*insecure;
  config.tls.system_roots = ca->text.empty();
  config.tls.ca_pem = std::move(ca->text);
  config.ca_file = std::move(ca->file);

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

// The plug-in of this name has settings of its own in a cluster's entry.
constexpr const char* kExecExtension = "client.authentication.k8s.io/exec";

// The plug-in's view of the cluster (client-go, rest.ConfigToExecCluster).
Result<net::Json> exec_cluster(const Section& cluster, const ClusterConfig& config) {
  net::Json info = {{"server", config.server}, {"config", nullptr}};
  if (!config.tls.server_name.empty()) info["tls-server-name"] = config.tls.server_name;
  if (!config.tls.verify_peer) info["insecure-skip-tls-verify"] = true;
  if (!config.tls.ca_pem.empty()) {
    info["certificate-authority-data"] = net::base64(config.tls.ca_pem);
  }
  if (!config.proxy_url.empty()) info["proxy-url"] = config.proxy_url;
  const auto extensions = cluster.sections("extensions");
  if (!extensions.ok()) return extensions.error();
  for (const Section& extension : *extensions) {
    const auto name = extension.text("name");
    if (!name.ok()) return name.error();
    if (*name == kExecExtension) info["config"] = extension.json("extension");
  }
  return info;
}

Status check_exec_version(const Section& exec, const std::string& version) {
  if (version == "client.authentication.k8s.io/v1" ||
      version == "client.authentication.k8s.io/v1beta1") {
    return {};
  }
  return exec.error("apiVersion",
                    "must be client.authentication.k8s.io/v1 or client.authentication.k8s.io/"
                    "v1beta1, whichever the plug-in speaks");
}

Status check_interactive_mode(const Section& exec, const std::string& version) {
  const auto mode = exec.text("interactiveMode");
  if (!mode.ok()) return mode.error();
  if (*mode == "Never" || *mode == "IfAvailable") return {};
  if (mode->empty() && version.ends_with("/v1beta1")) return {};  // IfAvailable, by default
  if (*mode == "Always") {
    return exec.error("interactiveMode",
                      "is Always, but this program cannot answer the plug-in's questions: use a "
                      "plug-in that asks "
                      "none, or a token, tokenFile or client certificate");
  }
  return exec.error("interactiveMode", "must be Never or IfAvailable");
}

Status read_exec_environment(const Section& exec, ExecPlugin& plugin) {
  const auto variables = exec.sections("env");
  if (!variables.ok()) return variables.error();
  for (const Section& variable : *variables) {
    const auto name = variable.text("name");
    if (!name.ok()) return name.error();
    const auto value = variable.text("value");
    if (!value.ok()) return value.error();
    if (name->empty() || name->find('=') != std::string::npos) {
      return variable.error("name", "must be the name of an environment variable");
    }
    plugin.environment[*name] = *value;
  }
  return {};
}

Status read_exec(const Section& user, const Section& cluster, ClusterConfig& config) {
  const auto exec = user.section("exec");
  if (!exec.ok()) return exec.error();
  ExecPlugin plugin;
  plugin.source = user.place("exec");
  auto command = exec->text("command");
  if (!command.ok()) return command.error();
  if (command->empty()) return exec->error("command", "is not set");
  // A bare name is looked up in PATH.
  const bool is_path = command->find('/') != std::string::npos;
  plugin.command = is_path ? exec->resolve(*command) : std::move(*command);
  auto arguments = exec->texts("args");
  if (!arguments.ok()) return arguments.error();
  plugin.arguments = std::move(*arguments);
  if (auto status = read_exec_environment(*exec, plugin); !status.ok()) return status;

  auto version = exec->text("apiVersion");
  if (!version.ok()) return version.error();
  if (auto status = check_exec_version(*exec, *version); !status.ok()) return status;
  if (auto status = check_interactive_mode(*exec, *version); !status.ok()) return status;
  plugin.api_version = std::move(*version);
  auto hint = exec->text("installHint");
  if (!hint.ok()) return hint.error();
  plugin.install_hint = std::move(*hint);

  const auto provide = exec->boolean("provideClusterInfo");
  if (!provide.ok()) return provide.error();
  if (*provide) {
    auto info = exec_cluster(cluster, config);
    if (!info.ok()) return info.error();
    plugin.cluster = std::move(*info);
  }
  config.exec = std::move(plugin);
  return {};
}

Status read_basic(const Section& user, ClusterConfig& config) {
  auto username = user.text("username");
  if (!username.ok()) return username.error();
  auto password = user.text("password");
  if (!password.ok()) return password.error();
  if (username->find(':') != std::string::npos) {
    return user.error("username", "must not contain a colon (RFC 7617)");
  }
  for (const char* field : {"token", "tokenFile"}) {
    if (user.has(field) && (user.has("username") || user.has("password"))) {
      return user.error(field, "cannot be set together with username and password: remove one");
    }
  }
  config.username = std::move(*username);
  config.password = net::SecretString(std::move(*password));
  return {};
}

Status read_impersonation(const Section& user, Impersonation& impersonation) {
  auto name = user.text("as");
  if (!name.ok()) return name.error();
  auto uid = user.text("as-uid");
  if (!uid.ok()) return uid.error();
  auto groups = user.texts("as-groups");
  if (!groups.ok()) return groups.error();
  for (const char* field : {"as-uid", "as-groups", "as-user-extra"}) {
    if (name->empty() && user.has(field)) return user.error(field, "needs a user: set as");
  }
  impersonation = {std::move(*name), std::move(*uid), std::move(*groups), {}};
  if (!user.has("as-user-extra")) return {};
  const auto extra = user.section("as-user-extra");
  if (!extra.ok()) return extra.error();
  for (const std::string& key : extra->fields()) {
    auto values = extra->texts(key.c_str());
    if (!values.ok()) return values.error();
    impersonation.extra[key] = std::move(*values);
  }
  return {};
}

Status read_token(const Section& user, ClusterConfig& config) {
  auto file = user.text("tokenFile");
  if (!file.ok()) return file.error();
  auto token = user.text("token");
  if (!token.ok()) return token.error();
  if (!is_bearer_token(*token))
    return user.error("token", "contains a white space or control character");
  config.token = net::SecretString(std::move(*token));
  if (file->empty()) return {};
  config.token_file = user.resolve(*file);
  auto content = net::read_file(config.token_file);
  if (!content.ok()) return user.error("tokenFile", content.error().message);
  const net::SecretString read{std::string{net::trimmed(*content)}};
  net::wipe(*content);
  if (read.empty()) return user.error("tokenFile", config.token_file + " is empty");
  if (!is_bearer_token(read.reveal())) {
    return user.error("tokenFile",
                      config.token_file + " contains a white space or control character");
  }
  return {};
}

Status read_client_certificate(const Section& user, ClusterConfig& config) {
  auto certificate = user.pem("client-certificate", "-----BEGIN CERTIFICATE-----");
  if (!certificate.ok()) return certificate.error();
  auto key = user.pem("client-key", "PRIVATE KEY-----");
  if (!key.ok()) return key.error();
  if (certificate->text.empty() != key->text.empty()) {
    return certificate->text.empty()
               ? user.error("client-certificate", "is not set, but client-key is")
               : user.error("client-key", "is not set, but client-certificate is");
  }
  config.tls.client_cert_pem = std::move(certificate->text);
  config.client_cert_file = std::move(certificate->file);
  config.tls.client_key_pem = net::SecretString(std::move(key->text));
  config.client_key_file = std::move(key->file);
  return {};
}

Status read_user(const Section& user, const Section& cluster, ClusterConfig& config) {
  if (user.has("auth-provider")) {
    return user.error("auth-provider",
                      "is not supported; use exec, a client certificate, token or tokenFile");
  }
  if (auto status = read_client_certificate(user, config); !status.ok()) return status;
  if (auto status = read_token(user, config); !status.ok()) return status;
  if (auto status = read_basic(user, config); !status.ok()) return status;
  if (user.has("exec")) {
    if (auto status = read_exec(user, cluster, config); !status.ok()) return status;
    // As client-go: a plug-in is for those who have nothing else to show.
    const bool has_other = user.has("token") || user.has("tokenFile") || user.has("username") ||
                           !config.tls.client_cert_pem.empty();
    if (has_other) config.exec.reset();
  }
  return read_impersonation(user, config.impersonation);
}

// As client-go: "only try to read the auth information if we are secure".
void forget_secrets(ClusterConfig& config) {
  config.tls.client_cert_pem.clear();
  config.tls.client_key_pem = {};
  config.client_cert_file.clear();
  config.client_key_file.clear();
  config.token = {};
  config.token_file.clear();
  config.username.clear();
  config.password = {};
  config.exec.reset();
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
  config.names_namespace = !ns->empty();
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
  if (auto status = read_user(*user, *cluster, config); !status.ok()) return status.error();
  if (config.server.starts_with("http://")) forget_secrets(config);
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
    const auto yaml = net::read_file(path);
    if (!yaml.ok()) return yaml.error();
    if (auto status = kubeconfig.add(*yaml, path); !status.ok()) return status.error();
    any = true;
  }
  if (!any) return Error{ErrorCode::NotFound, "KUBECONFIG: none of its files exists: " + list};
  return resolve(kubeconfig, "");
}

Result<ClusterConfig> load_file(const std::string& path) {
  const auto yaml = net::read_file(path);
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
  const auto token = net::read_file(config.token_file);
  if (!token.ok()) return token.error();
  if (net::trimmed(*token).empty()) return invalid(config.token_file + ": is empty");

  config.ca_file = service_account_dir + "/ca.crt";
  auto ca = net::read_file(config.ca_file);
  if (!ca.ok()) return ca.error();
  if (ca->find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return invalid(config.ca_file + ": is not a PEM certificate");
  }
  config.tls.ca_pem = std::move(*ca);
  config.tls.system_roots = false;

  const auto ns = net::read_file(service_account_dir + "/namespace");
  config.names_namespace = ns.ok();
  config.namespace_ = ns.ok() ? std::string{net::trimmed(*ns)} : "default";
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
