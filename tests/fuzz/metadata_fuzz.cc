// oauth/protocol/discovery.h: accepted metadata obeys RFC 8414 3.3 and OpenID Connect Discovery
// 4.3, and has only https addresses (or, if allowed, loopback ones).
//
// Settings: "issuer URL", "http allowed", "host HOST[:PORT]" (allowed besides the issuer's). The
// answers are those of the addresses of metadata, in order; {{issuer}} in them is the issuer.
#include <algorithm>
#include <array>
#include <map>

#include "input.h"
#include "net/text.h"
#include "oauth/protocol/discovery.h"
#include "promises.h"
#include "scripted_http.h"

namespace fuzz {
namespace {

using oauth::Endpoints;

constexpr std::size_t kMostUrl = 2048;  // the limit in the schema of Offerings
constexpr std::size_t kMostIssuer = 1024;

struct Case {
  std::string issuer;
  bool allow_http = false;
  std::vector<std::string> hosts;
};

const std::map<std::string, std::string Endpoints::*> kMembers = {
    {"authorization_endpoint", &Endpoints::authorization},
    {"token_endpoint", &Endpoints::token},
    {"revocation_endpoint", &Endpoints::revocation},
    {"introspection_endpoint", &Endpoints::introspection},
    {"pushed_authorization_request_endpoint", &Endpoints::pushed_authorization_request},
    {"userinfo_endpoint", &Endpoints::user_info}};

// "host:port" of an absolute URL, by RFC 3986 3.2 alone.
std::string origin_of(std::string_view url) {
  const std::size_t begin = url.find("://") + 3;
  std::string authority = net::lower(url.substr(begin, url.find_first_of("/?#", begin) - begin));
  const std::size_t colon = authority.find(':', authority.rfind(']') + 1);
  if (colon == std::string::npos)
    return authority + (net::lower(url).starts_with("https") ? ":443" : ":80");
  // "login.example:0443" is the same place.
  const std::size_t port = authority.find_first_not_of('0', colon + 1);
  return authority.substr(0, colon + 1) +
         (port == std::string::npos ? "0" : authority.substr(port));
}

bool is_loopback(const std::string& origin) {
  const std::string host = origin.substr(0, origin.rfind(':'));
  return host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") ||
         (host.starts_with('[') && host.ends_with("1]"));  // IPv6 has many spellings of it
}

void leads_where_it_may(const Case& of, const std::string& url, Promises& promises) {
  const std::string scheme = net::lower(url.substr(0, url.find("://")));
  const bool http = of.allow_http && scheme == "http" && is_loopback(origin_of(url));
  promises.keep(scheme == "https" || http, "an endpoint is https, or http on loopback", url);
  promises.keep(origin_of(url).find(':') > 0, "an endpoint has a host", url);
  promises.keep(url.find_first_of("#\\ \t\r\n") == std::string::npos,
                "an endpoint has no fragment and no space", url);
  const std::size_t path = url.find_first_of("/?", url.find("://") + 3);
  promises.keep(url.substr(0, path).find('@') == std::string::npos, "an endpoint names no user",
                url);
  promises.keep(url.size() <= 2048, "an endpoint fits into a status", url);
  promises.keep_presentable("endpoint", url, 2048);
}

// It reports every endpoint on another host, and nothing else.
void elsewhere(const Case& of, const Endpoints& endpoints, Promises& promises) {
  std::size_t expected = 0;
  for (const auto& [name, member] : kMembers) {
    const std::string& url = endpoints.*member;
    if (url.empty()) continue;
    const std::string origin = origin_of(url);
    // A host without a port means the scheme's own.
    const std::string host = origin.substr(0, origin.rfind(':'));
    const bool standard = origin == host + (net::lower(url).starts_with("https") ? ":443" : ":80");
    const bool allowed =
        std::any_of(of.hosts.begin(), of.hosts.end(), [&](const std::string& other) {
          return net::lower(other) == origin || (standard && net::lower(other) == host);
        });
    if (origin != origin_of(of.issuer) && !allowed) ++expected;
  }
  const auto found = oauth::endpoints_elsewhere(endpoints, of.issuer, of.hosts);
  promises.keep(found.size() == expected, "endpoints on other hosts are found out",
                found.empty() ? "none" : found.front());
  for (const std::string& text : found) promises.keep_presentable("another host", text, 2100);
}

void taken(const Case& of, const std::string& document, const oauth::Metadata& metadata,
           Promises& promises) {
  const net::Json json = net::Json::parse(document, nullptr, false);
  promises.keep(json.is_object(), "metadata is a JSON object");
  promises.keep(metadata.issuer == of.issuer && net::string_member(json, "issuer") == of.issuer,
                "the issuer is exactly the one that was asked", metadata.issuer);
  for (const auto& [name, member] : kMembers) {
    const std::string& url = metadata.endpoints.*member;
    promises.keep(url == net::string_member(json, name), "an endpoint is the document's own", url);
    if (!url.empty()) leads_where_it_may(of, url, promises);
  }
  if (net::parse_url(of.issuer).ok()) elsewhere(of, metadata.endpoints, promises);
}

void refused(const net::Error& error, Promises& promises) {
  promises.keep(!error.message.empty(), "an error says what is wrong");
  // The bound: two addresses, and quoted text.
  promises.keep_presentable("error", error.message, 2 * (kMostUrl + 100) + 600);
}

void addresses(const Case& of, Promises& promises) {
  const auto urls = oauth::metadata_urls(of.issuer);
  promises.keep(urls.size() == (net::parse_url(of.issuer).ok() ? 2U : 0U),
                "metadata is looked for in two places", of.issuer);
  for (const std::string& url : urls) {
    promises.keep(origin_of(url) == origin_of(of.issuer), "metadata is asked of the issuer", url);
    promises.keep(net::parse_url(url).ok(), "an address of metadata is a URL", url);
  }
}

void discovery(const Case& of, const Input& input, Promises& promises) {
  std::size_t calls = 0;
  oauth::ScriptedHttp http([&](const net::HttpRequest&) {
    auto answer = input.answer(calls++);
    if (answer.ok()) replace_all(answer->body, "{{issuer}}", of.issuer);
    return answer;
  });
  const auto metadata =
      oauth::discover(of.issuer, "", of.allow_http, http, net::system_clock(), {});
  const auto urls = oauth::metadata_urls(of.issuer);
  promises.keep(http.requests.size() <= urls.size(), "each address is asked once");
  for (std::size_t i = 0; i < http.requests.size() && i < urls.size(); ++i) {
    promises.keep(http.requests[i].url == urls[i], "nothing else is asked", http.requests[i].url);
    leads_where_it_may(of, urls[i], promises);
  }
  if (!metadata.ok()) return refused(metadata.error(), promises);
  const auto last = input.answer(calls - 1);
  promises.keep(last.ok() && last->status == 200, "metadata comes with 200");
  promises.keep(metadata->issuer == of.issuer, "what is discovered is of the issuer");
}

}  // namespace

const char* const kTarget = "metadata";

std::vector<std::string> broken_promises(std::string_view text) {
  const Input input(text);
  Case of = {std::string(input.setting("issuer").substr(0, kMostIssuer)),
             input.setting("http") == "allowed",
             {}};
  if (const auto host = input.setting("host"); !host.empty()) of.hosts.emplace_back(host);
  Promises promises;
  if (const auto answer = input.answer(0); answer.ok()) {
    std::string document = answer->body;
    replace_all(document, "{{issuer}}", of.issuer);
    const auto metadata = oauth::parse_metadata(document, of.issuer, of.allow_http);
    if (metadata.ok()) taken(of, document, *metadata, promises);
    if (!metadata.ok()) refused(metadata.error(), promises);
  }
  addresses(of, promises);
  discovery(of, input, promises);
  return promises.broken();
}

}  // namespace fuzz
