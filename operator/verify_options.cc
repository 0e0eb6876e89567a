#include "operator/verify_options.h"

#include <CLI/CLI.hpp>

#include "net/url.h"
#include "operator/verify_conclusion.h"
#include "reconcilers/integration/credentials.h"

namespace op {

namespace {

net::Error invalid(std::string message) { return {net::ErrorCode::Invalid, std::move(message)}; }

std::string exit_codes() {
  std::string text = "Exit codes:\n";
  for (const Outcome outcome : kOutcomes) {
    const std::string code = std::to_string(exit_code(outcome));
    text += "   " + code + "  " + std::string(to_string(outcome)) + ": " + meaning(outcome) + "\n";
  }
  return text +
         "   1  it could not be done: an internal error, or a signal\n"
         "   2  also for a flag, a file or a manifest that is wrong: then nothing is printed but "
         "the error\n";
}

}  // namespace

CLI::App* add_verify_command(CLI::App& app, VerifyOptions& options) {
  CLI::App* verify = app.add_subcommand(
      "verify", "Ask a provider, once and without a cluster, whether a client's credentials work");
  verify
      ->add_option("--offering", options.offering_file,
                   "The Offering's manifest, as the cluster gets it; - for standard input")
      ->type_name("FILE")
      ->required();
  verify->add_option("--client-id", options.client_id, "The client id that the provider gave out")
      ->type_name("ID")
      ->required();
  verify
      ->add_option("--client-secret-file", options.client_secret_file,
                   "A file that holds the client secret, without a newline at its end; - for "
                   "standard input")
      ->type_name("FILE")
      ->required();
  verify
      ->add_option("--callback-url", options.callback_url,
                   "The callback URL that must be registered: status.callbackURL of the Offering")
      ->type_name("URL")
      ->required();
  verify
      ->add_option("--scope", options.scopes,
                   "A scope to ask for; may be repeated. Default: those that the Offering requires")
      ->type_name("SCOPE")
      ->allow_extra_args(false);
  verify
      ->add_option_function<std::string>(
          "--output",
          [&options](const std::string& format) {
            if (format != "text" && format != "json")
              throw CLI::ValidationError("--output",
                                         "must be text or json, not \"" + format + "\"");
            options.output = format == "json" ? OutputFormat::Json : OutputFormat::Text;
          },
          "text or json. Default: text")
      ->type_name("FORMAT");
  verify->add_flag("--explain", options.explain,
                   "Show what each answer was taken for and why: to write a rule for a provider");
  verify
      ->add_option("--provider-ca-file", options.provider_ca_file,
                   "PEM certificates to trust for providers, besides the system's")
      ->type_name("FILE");
  verify->add_flag("--allow-http-providers", options.allow_http_providers,
                   "Let the Offering name http:// and loopback providers: for trying things out");
  verify->footer(exit_codes());
  return verify;
}

net::Status refuse_secrets(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    const std::string flag = argument.substr(0, argument.find('='));
    if (flag == "--client-secret" || flag == "--secret")
      return invalid(flag +
                     ": a secret on the command line can be read by everybody on the machine; "
                     "write it to a file for --client-secret-file FILE, or pipe it to "
                     "--client-secret-file -");
  }
  return {};
}

net::Status check(const VerifyOptions& options) {
  if (options.offering_file == "-" && options.client_secret_file == "-")
    return invalid(
        "--offering - and --client-secret-file -: standard input can be only one of them");
  if (options.client_id.empty()) return invalid("--client-id: must not be empty");
  if (const std::string wrong = reconcilers::what_is_wrong_with(options.client_id); !wrong.empty())
    return invalid("--client-id: " + wrong);
  if (const auto url = net::parse_url(options.callback_url); !url.ok())
    return invalid("--callback-url: " + url.error().message);
  for (const std::string& scope : options.scopes)
    if (scope.empty() || scope.find(' ') != std::string::npos)
      return invalid("--scope: \"" + scope + "\": give one scope each time, e.g. --scope openid");
  return {};
}

}  // namespace op
