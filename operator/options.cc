#include "operator/options.h"

#include <yaml-cpp/yaml.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "net/file.h"
#include "net/url.h"
#include "operator_version.h"

namespace op {

namespace {

using net::Error;
using net::ErrorCode;
using net::Status;

Error invalid(std::string message) { return {ErrorCode::Invalid, std::move(message)}; }

// One setting: a flag "--name" and a key "name" of the configuration file.
struct Setting {
  const char* name;
  const char* value;  // its name in the help; "" for a switch
  const char* help;
  std::function<Status(RunOptions&, const std::string&)> set;
};

Status set_bool(bool& target, const std::string& text) {
  if (text != "true" && text != "false")
    return invalid("must be true or false, not \"" + text + "\"");
  target = text == "true";
  return {};
}

Status set_address(std::string& target, const std::string& text) {
  if (!text.empty())
    if (auto parsed = net::parse_bind_address(text); !parsed.ok()) return parsed.error();
  target = text;
  return {};
}

// https, so that nobody reads codes and cookies on their way; plain http only to try the operator
// on one machine.
Status set_public_url(std::string& target, const std::string& text) {
  const auto url = net::parse_url(text);
  if (!url.ok()) return url.error();
  if (!url->query.empty()) return invalid("must not have a query");
  if (url->scheme != "https" && !url->is_loopback())
    return invalid("must be https (http is for localhost only)");
  target = text.substr(0, text.find_last_not_of('/') + 1);
  return {};
}

// A DNS label (RFC 1123), which a Namespace's name must be (apimachinery's IsDNS1123Label).
bool is_dns_label(std::string_view text) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= 63 && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) &&
         std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || c == '-'; });
}

Status check_namespace(const std::string& name) {
  if (is_dns_label(name)) return {};
  return invalid("\"" + name +
                 "\" is not a namespace name: it must have at most 63 lower-case letters, digits "
                 "and hyphens, and no hyphen at its beginning or end");
}

Status set_namespace(std::string& target, const std::string& text) {
  target = text;
  return text.empty() ? Status{} : check_namespace(text);
}

Status set_namespaces(std::vector<std::string>& target, const std::string& text) {
  target.clear();
  if (text.ends_with(',')) return invalid("has an empty name in \"" + text + "\"");
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    word.erase(0, word.find_first_not_of(' '));
    word.erase(word.find_last_not_of(' ') + 1);
    if (word.empty()) return invalid("has an empty name in \"" + text + "\"");
    if (Status named = check_namespace(word); !named.ok()) return named;
    if (std::find(target.begin(), target.end(), word) == target.end()) target.push_back(word);
  }
  return {};
}

Status set_count(int& target, const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1 || number > 256)
    return invalid("must be a whole number from 1 to 256, not \"" + text + "\"");
  target = number;
  return {};
}

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = {
      {"kubeconfig", "FILE",
       "How to reach the cluster. Default: $KUBECONFIG, the Pod's ServiceAccount, ~/.kube/config",
       [](RunOptions& o, const std::string& v) {
         o.kubeconfig = v;
         return Status{};
       }},
      {"public-url", "URL",
       "Where users' browsers reach the web port; callback URLs begin with it. Default: "
       "http://localhost:8081",
       [](RunOptions& o, const std::string& v) { return set_public_url(o.public_url, v); }},
      {"namespace", "NAME",
       "The operator's own namespace: its Lease and its keys. Default: the Pod's, or the one that "
       "the kubeconfig's context names; needed where it names none",
       [](RunOptions& o, const std::string& v) { return set_namespace(o.namespace_, v); }},
      {"watch-namespaces", "A,B", "Look after Integrations in these namespaces only. Default: all",
       [](RunOptions& o, const std::string& v) { return set_namespaces(o.watch_namespaces, v); }},
      {"max-concurrent-reconciles", "N",
       "How many objects of one kind are worked on at once. Default: 8",
       [](RunOptions& o, const std::string& v) {
         return set_count(o.max_concurrent_reconciles, v);
       }},
      {"leader-elect", "",
       "Work only while holding the Lease, so that several replicas can stand by. Default: true",
       [](RunOptions& o, const std::string& v) { return set_bool(o.leader_elect, v); }},
      {"health-probe-bind-address", "ADDRESS:PORT",
       "Serves /healthz, /readyz and /metrics; empty turns it off. Default: :8080",
       [](RunOptions& o, const std::string& v) {
         return set_address(o.health_probe_bind_address, v);
       }},
      {"web-bind-address", "ADDRESS:PORT",
       "Serves users' browsers; empty turns it off. Default: :8081",
       [](RunOptions& o, const std::string& v) { return set_address(o.web_bind_address, v); }},
      {"log-level", "LEVEL", "debug, info, warn or error. Default: info",
       [](RunOptions& o, const std::string& v) {
         auto level = net::parse_log_level(v);
         if (!level.ok()) return Status{level.error()};
         o.log_level = *level;
         return Status{};
       }},
      {"provider-ca-file", "FILE", "PEM certificates to trust for providers, besides the system's",
       [](RunOptions& o, const std::string& v) {
         o.provider_ca_file = v;
         return Status{};
       }},
      {"allow-http-providers", "",
       "Let Offerings name http:// and loopback providers: for trying things out, never in "
       "production",
       [](RunOptions& o, const std::string& v) { return set_bool(o.allow_http_providers, v); }},
  };
  return all;
}

const Setting* find_setting(const std::string& name) {
  const auto& all = settings();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Setting& s) { return name == s.name; });
  return found == all.end() ? nullptr : &*found;
}

Status apply(RunOptions& options, const Setting& setting, const std::string& value,
             const std::string& where) {
  Status status = setting.set(options, value);
  if (status.ok()) return status;
  return invalid(where + ": " + status.error().message);
}

// Returns the flag's value: a scalar, or for lists the items joined by commas.
net::Result<std::string> setting_value(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  if (node.IsNull()) return std::string{};
  if (!node.IsSequence()) return invalid("must be a single value or a list");
  std::string text;
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) return invalid("must be a list of single values");
    text += (text.empty() ? "" : ",") + item.Scalar();
  }
  return text;
}

// The one document of the file; Null if it is empty.
net::Result<YAML::Node> load(const std::string& file) {
  const auto text = net::read_file(file);
  if (!text.ok()) return invalid("--config: " + text.error().message);
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(*text);
    if (documents.size() > 1)
      return invalid("--config: " + file + ": must be one document, not several");
    return documents.empty() ? YAML::Node{} : documents.front();
  } catch (const YAML::Exception& e) {
    return invalid("--config: " + file + ":" + std::to_string(e.mark.line + 1) + ": " + e.msg);
  }
}

Status apply_file(RunOptions& options, const std::string& file) {
  const auto loaded = load(file);
  if (!loaded.ok()) return loaded.error();
  const YAML::Node& document = *loaded;
  if (document.IsNull()) return {};
  if (!document.IsMap())
    return invalid("--config: " + file +
                   ": must be a map of settings, e.g. `public-url: https://connect.example`");
  std::set<std::string> seen;
  for (const auto& entry : document) {
    const std::string where = file + ":" + std::to_string(entry.first.Mark().line + 1) + ": ";
    const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
    const Setting* setting = find_setting(name);
    if (setting == nullptr)
      return invalid(where + "unknown setting \"" + name +
                     "\"; `integration-operator run --help` lists them");
    if (!seen.insert(name).second) return invalid(where + name + ": is duplicated");
    auto value = setting_value(entry.second);
    if (!value.ok()) return invalid(where + name + ": " + value.error().message);
    if (Status status = apply(options, *setting, *value, where + name); !status.ok()) return status;
  }
  return {};
}

// Splits "--flag=" into "--flag" and "": CLI11 would take the next argument for its value.
std::vector<std::string> with_empty_values(const std::vector<std::string>& arguments) {
  std::vector<std::string> split;
  for (const std::string& argument : arguments) {
    if (argument.starts_with("--") && argument.find('=') + 1 == argument.size()) {
      split.push_back(argument.substr(0, argument.size() - 1));
      split.emplace_back();
    } else {
      split.push_back(argument);
    }
  }
  return split;
}

// Its flags are those of `run`, with the same meaning.
CLI::App* add_unprotect_command(CLI::App& app, UnprotectOptions& options) {
  CLI::App* unprotect = app.add_subcommand(
      "unprotect-offerings",
      "After an uninstall: take the operator's finalizer from Offerings in use, so that they can "
      "be deleted");
  unprotect->add_option("--kubeconfig", options.kubeconfig, find_setting("kubeconfig")->help)
      ->type_name("FILE");
  unprotect->add_option("--namespace", options.namespace_, find_setting("namespace")->help)
      ->type_name("NAME");
  return unprotect;
}

}  // namespace

net::Result<Command> parse_command_line(const std::vector<std::string>& arguments) {
  CLI::App app{
      "Turns an OAuth application's client id and secret into something that a cluster can trust.",
      "integration-operator"};
  app.set_version_flag("--version", std::string{"integration-operator "} + kOperatorVersion);
  app.require_subcommand(0, 1);
  CLI::App* run = app.add_subcommand("run", "Run the operator until SIGTERM or SIGINT");
  run->set_version_flag("--version", std::string{"integration-operator "} + kOperatorVersion);

  VerifyOptions verify_options;
  CLI::App* verify = add_verify_command(app, verify_options);
  verify->set_version_flag("--version", std::string{"integration-operator "} + kOperatorVersion);

  UnprotectOptions unprotect_options;
  const CLI::App* unprotect = add_unprotect_command(app, unprotect_options);

  std::string config_file;
  run->add_option("--config", config_file,
                  "A YAML file of the settings below, without their dashes; flags win over it")
      ->type_name("FILE");
  std::map<std::string, std::string> given;
  for (const Setting& setting : settings()) {
    const std::string flag = std::string{"--"} + setting.name;
    const std::string name = setting.name;
    const bool is_switch = *setting.value == '\0';
    CLI::Option* option = run->add_option_function<std::string>(
        flag,
        [&given, name, is_switch](const std::string& value) {
          given[name] = is_switch && value.empty() ? "true" : value;
        },
        setting.help);
    option->type_name(setting.value);
    if (is_switch) option->expected(0, 1);
  }

  if (Status safe = refuse_secrets(arguments); !safe.ok()) return safe.error();
  std::vector<std::string> reversed = with_empty_values(arguments);
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) {
      std::ostringstream out, err;
      app.exit(e, out, err);
      return Command{Print{out.str(), 0}};
    }
    return invalid(std::string{e.what()} + "; see integration-operator --help");
  }
  if (verify->parsed()) {
    if (Status sound = check(verify_options); !sound.ok()) return sound.error();
    return Command{verify_options};
  }
  if (unprotect->parsed()) return Command{unprotect_options};
  if (!run->parsed()) return Command{Print{app.help(), 2}};

  RunOptions options;
  if (!config_file.empty())
    if (Status status = apply_file(options, config_file); !status.ok()) return status.error();
  for (const auto& [name, value] : given)
    if (Status status = apply(options, *find_setting(name), value, "--" + name); !status.ok())
      return status.error();
  return Command{options};
}

}  // namespace op
