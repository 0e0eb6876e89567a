#include "operator/verify.h"

#include <exception>
#include <istream>
#include <iterator>
#include <memory>
#include <ostream>
#include <typeinfo>
#include <utility>

#include "net/clock.h"
#include "net/file.h"
#include "net/thrown.h"
#include "oauth/protocol/discovery.h"
#include "oauth/verification/verifier.h"
#include "operator/offering_manifest.h"
#include "operator/provider_client.h"
#include "operator/verify_output.h"

namespace op {

namespace {

net::Result<std::string> read_input(const char* flag, const std::string& file, std::istream& in) {
  if (file == "-") return std::string{std::istreambuf_iterator<char>(in), {}};
  auto text = net::read_file(file);
  if (!text.ok())
    return net::Error{net::ErrorCode::Invalid, std::string{flag} + ": " + text.error().message};
  return text;
}

std::string name_of(const std::string& file) { return file == "-" ? "standard input" : file; }

net::Result<api::Offering> load_offering(const VerifyOptions& options, std::istream& in) {
  auto text = read_input("--offering", options.offering_file, in);
  if (!text.ok()) return text.error();
  auto offering = read_offering(*text, name_of(options.offering_file));
  if (!offering.ok())
    return net::Error{offering.error().code, "--offering: " + offering.error().message};
  return offering;
}

net::Result<net::SecretString> load_secret(const VerifyOptions& options, std::istream& in) {
  auto text = read_input("--client-secret-file", options.client_secret_file, in);
  if (!text.ok()) return text.error();
  net::SecretString secret{*text};
  net::wipe(*text);
  return secret;
}

// Does the work of the two controllers, in order: reads the Offering's metadata, then verifies.
Findings ask(const VerifyOptions& options, api::Offering offering, const net::SecretString& secret,
             net::HttpClient& http, std::stop_token stop) {
  net::Clock& clock = net::system_clock();
  std::optional<net::Result<oauth::Metadata>> discovered;
  if (!offering.spec.issuer.empty())
    discovered = oauth::discover(offering.spec.issuer, offering.spec.ca_bundle,
                                 options.allow_http_providers, http, clock, stop);
  offering =
      with_status(std::move(offering), std::move(discovered), options.callback_url, clock.now());
  Findings findings;
  findings.the_case =
      make_case(options, std::move(offering), secret, name_of(options.client_secret_file));
  if (auto& request = findings.the_case.picture.request) {
    request->client_id_is_public = true;  // it stands on the command line
    findings.report = oauth::verify(*request, http, clock, stop);
  }
  findings.conclusion = conclude(findings.the_case, findings.report, clock.now());
  return findings;
}

}  // namespace

net::Result<int> verify(const VerifyOptions& options, std::istream& in, std::ostream& out,
                        std::stop_token stop) {
  auto offering = load_offering(options, in);
  if (!offering.ok()) return offering.error();
  const auto secret = load_secret(options, in);
  if (!secret.ok()) return secret.error();
  const auto http = make_provider_client(options.provider_ca_file, options.allow_http_providers);
  if (!http.ok()) return http.error();
  Findings findings;
  try {
    findings = ask(options, std::move(*offering), *secret, **http, stop);
  } catch (...) {  // over a provider's text, as in the operator
    return net::Error{
        net::ErrorCode::Internal,
        "an internal error while the provider's answer was read (please report this: " +
            net::thrown_type() + ")"};
  }
  if (stop.stop_requested())
    return net::Error{net::ErrorCode::Cancelled, "stopped before the provider had answered"};
  out << (options.output == OutputFormat::Json ? to_json_text(findings, options)
                                               : to_text(findings, options));
  return exit_code(findings.conclusion.outcome);
}

}  // namespace op
