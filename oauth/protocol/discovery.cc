#include "oauth/protocol/discovery.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "net/url.h"
#include "oauth/protocol/answer.h"

namespace oauth {
namespace {

using net::Error;
using net::ErrorCode;

constexpr std::chrono::seconds kTimeout{10};
constexpr std::size_t kMostMetadataBytes = 256 << 10;

std::string in_quotes(std::string_view text) { return "\"" + printable(text) + "\""; }

Error invalid(std::string message) { return Error{ErrorCode::Invalid, std::move(message)}; }

net::Status check_url(std::string_view text, bool allow_http) {
  const auto url = net::parse_url(text);
  if (!url.ok()) return url.error();
  if (url->scheme == "https" || (allow_http && url->is_loopback())) return {};
  return invalid(allow_http ? "it must be https (http is for loopback addresses alone)"
                            : "it must be https");
}

net::Status check_issuer(const std::string& issuer, bool allow_http) {
  if (const net::Status checked = check_url(issuer, allow_http); !checked.ok()) {
    return invalid("issuer " + in_quotes(issuer) + ": " + checked.error().message);
  }
  // OpenID Connect Discovery 2: no query and no fragment (the URL parser refuses the latter).
  if (issuer.find('?') != std::string::npos) {
    return invalid("issuer " + in_quotes(issuer) + ": a query ('?') has no place in it");
  }
  return {};
}

net::Status read_endpoint(const net::Json& document, const EndpointTraits& endpoint,
                          bool allow_http, Endpoints& endpoints) {
  const auto member = document.find(endpoint.metadata_name);
  if (member == document.end() || member->is_null()) return {};
  if (!member->is_string()) {
    return invalid(std::string("its ") + endpoint.metadata_name + " is not a string");
  }
  const std::string url = member->get<std::string>();
  if (const net::Status checked = check_url(url, allow_http); !checked.ok()) {
    return invalid(std::string("its ") + endpoint.metadata_name + " " + in_quotes(url) + ": " +
                   checked.error().message);
  }
  // An Offering's status holds at most so many characters.
  if (url.size() > 2048) {
    return invalid(std::string("its ") + endpoint.metadata_name +
                   " is longer than 2048 characters");
  }
  endpoints.*endpoint.url = url;
  return {};
}

std::vector<std::string> strings(const net::Json& document, const char* name) {
  std::vector<std::string> values;
  const auto member = document.find(name);
  if (member == document.end() || !member->is_array()) return values;
  for (const net::Json& value : *member) {
    if (value.is_string()) values.push_back(value.get<std::string>());
  }
  return values;
}

// The part of a redirect's target that a person may read.
std::string target_of(const net::HttpResponse& response) {
  const auto url = net::parse_url(response.headers.get("Location"));
  return url.ok() ? " to " + url->scheme + "://" + printable(url->authority()) : "";
}

Error failure(const std::string& url, const net::HttpResponse& response, net::SystemTime now) {
  const int status = response.status;
  const std::string answered = url + " answered " + std::to_string(status);
  if (status >= 300 && status < 400) {
    return invalid(answered + ", a redirect" + target_of(response) +
                   ", which is not followed: set issuer to the one that the metadata itself names");
  }
  const auto wait = net::retry_after(response.headers, now);
  if (status == 429) return Error{ErrorCode::TooManyRequests, answered, wait};
  if (status >= 500 || status == 408 || status == 425) {
    return Error{ErrorCode::Unavailable, answered, wait};
  }
  return Error{ErrorCode::NotFound, answered};
}

net::HttpRequest metadata_request(const std::string& url, const std::string& ca_bundle_pem) {
  net::HttpRequest request;
  request.url = url;
  request.headers.add("Accept", "application/json");
  request.timeout = kTimeout;
  request.max_response_bytes = kMostMetadataBytes;
  request.ca_bundle_pem = ca_bundle_pem;
  return request;
}

net::Result<Metadata> read_at(const std::string& url, const std::string& issuer,
                              const std::string& ca_bundle_pem, bool allow_http,
                              net::HttpClient& http, const net::Clock& clock,
                              std::stop_token stop) {
  const auto response = http.send(metadata_request(url, ca_bundle_pem), std::move(stop));
  if (!response.ok()) {
    Error error = response.error();
    error.message = url + ": " + error.message;
    return error;
  }
  if (response->status != 200) return failure(url, *response, clock.now());
  auto metadata = parse_metadata(response->body, issuer, allow_http);
  if (!metadata.ok()) return invalid("the metadata at " + url + ": " + metadata.error().message);
  return metadata;
}

bool same_host(const net::Url& url, std::string allowed) {
  for (char& c : allowed) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return allowed == url.authority() || allowed == url.authority() + ":" + std::to_string(url.port);
}

}  // namespace

std::vector<std::string> metadata_urls(const std::string& issuer) {
  const auto url = net::parse_url(issuer);
  if (!url.ok()) return {};
  const std::string origin = url->scheme + "://" + url->authority();
  std::string path = url->path;
  if (path.ends_with('/')) path.pop_back();  // OpenID Connect Discovery 4, RFC 8414 3.1
  return {origin + path + "/.well-known/openid-configuration",
          origin + "/.well-known/oauth-authorization-server" + path};
}

net::Result<Metadata> parse_metadata(std::string_view document, const std::string& issuer,
                                     bool allow_http) {
  const auto json = net::parse_json(document);
  if (!json.ok()) return json.error();
  if (!json->is_object()) return invalid("not a JSON object");
  Metadata metadata;
  metadata.issuer = net::string_member(*json, "issuer");
  if (metadata.issuer.empty()) return invalid("it names no issuer");
  if (metadata.issuer != issuer) {
    return invalid("its issuer is " + in_quotes(metadata.issuer) + ", not exactly " +
                   in_quotes(issuer) +
                   " (RFC 8414 3.3): if that is the provider you mean, set issuer to it, to the "
                   "letter");
  }
  for (const EndpointTraits& endpoint : kEndpointTraits) {
    if (const auto read = read_endpoint(*json, endpoint, allow_http, metadata.endpoints);
        !read.ok()) {
      return read.error();
    }
  }
  metadata.code_challenge_methods = strings(*json, "code_challenge_methods_supported");
  const auto iss = json->find("authorization_response_iss_parameter_supported");
  metadata.iss_parameter_supported = iss != json->end() && iss->is_boolean() && iss->get<bool>();
  return metadata;
}

net::Result<Metadata> discover(const std::string& issuer, const std::string& ca_bundle_pem,
                               bool allow_http, net::HttpClient& http, const net::Clock& clock,
                               std::stop_token stop) {
  if (const net::Status checked = check_issuer(issuer, allow_http); !checked.ok()) {
    return checked.error();
  }
  std::optional<Error> wrong;  // of the first document that was found but is unusable
  std::string missing;
  for (const std::string& url : metadata_urls(issuer)) {
    auto metadata = read_at(url, issuer, ca_bundle_pem, allow_http, http, clock, stop);
    if (metadata.ok()) return metadata;
    const Error& error = metadata.error();
    if (error.code == ErrorCode::NotFound) {
      missing += (missing.empty() ? "" : ", ") + error.message;
    } else if (error.code == ErrorCode::Invalid) {
      if (!wrong) wrong = error;
    } else {
      return error;
    }
  }
  if (wrong) return *wrong;
  return Error{ErrorCode::NotFound,
               "no metadata of issuer " + in_quotes(issuer) + ": " + missing +
                   ". Check issuer, or give endpoints.authorization and endpoints.token by hand"};
}

std::vector<std::string> endpoints_elsewhere(const Endpoints& endpoints, const std::string& issuer,
                                             const std::vector<std::string>& allowed_hosts) {
  const auto own = net::parse_url(issuer);
  std::vector<std::string> elsewhere;
  for (const EndpointTraits& endpoint : kEndpointTraits) {
    const std::string& text = endpoints.*endpoint.url;
    if (text.empty()) continue;
    const auto url = net::parse_url(text);
    const bool allowed =
        url.ok() && ((own.ok() && url->authority() == own->authority()) ||
                     std::any_of(allowed_hosts.begin(), allowed_hosts.end(),
                                 [&](const std::string& host) { return same_host(*url, host); }));
    if (!allowed) {
      elsewhere.push_back(std::string(endpoint.field) + ": " +
                          (url.ok() ? url->authority() : printable(text)));
    }
  }
  return elsewhere;
}

}  // namespace oauth
