// net/request_reader.h, which reads every request of a browser, and its answer: the router, and the
// answer's bytes.
//
// An input is the bytes of one connection.
#include <algorithm>
#include <string>
#include <vector>

#include "net/http_answer.h"
#include "net/request_reader.h"
#include "net/router.h"
#include "promises.h"

namespace fuzz {
namespace {

using net::ReadRequest;
using net::ServerRequest;
using net::ServerResponse;

constexpr net::RequestLimits kLimits{
    .max_header_bytes = 512, .max_header_fields = 10, .max_body_bytes = 256};

// The result of a connection's bytes.
struct Outcome {
  std::vector<ReadRequest> requests;
  std::vector<int> refusals;
  bool begun = false;  // an incomplete request is left
};

Outcome outcome_of(std::string_view bytes, std::size_t piece) {
  net::RequestReader reader(kLimits);
  Outcome outcome;
  while (!bytes.empty()) {
    reader.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (auto next = reader.next(); !std::holds_alternative<net::NeedsMore>(next);
         next = reader.next()) {
      if (auto* read = std::get_if<ReadRequest>(&next)) {
        outcome.requests.push_back(std::move(*read));
      } else {
        outcome.refusals.push_back(std::get<ServerResponse>(next).status);
      }
    }
  }
  outcome.begun = reader.begun();
  return outcome;
}

bool same(const ServerRequest& a, const ServerRequest& b) {
  return a.method == b.method && a.target == b.target && a.body == b.body &&
         a.headers.fields() == b.headers.fields();
}

bool same(const Outcome& a, const Outcome& b) {
  return a.refusals == b.refusals && a.begun == b.begun &&
         std::equal(a.requests.begin(), a.requests.end(), b.requests.begin(), b.requests.end(),
                    [](const auto& x, const auto& y) { return same(x.request, y.request); });
}

std::size_t count(const ServerRequest& request, std::string_view name) {
  net::Headers one;
  const auto& fields = request.headers.fields();
  return static_cast<std::size_t>(
      std::count_if(fields.begin(), fields.end(), [&](const auto& field) {
        return net::Headers{{field.first, ""}}.has(name);
      }));
}

// The rules of RFC 9112 that make it one request, checked on each accepted request.
void is_one_request(const ReadRequest& read, Promises& promises) {
  const ServerRequest& request = read.request;
  const std::size_t hosts = count(request, "Host");
  promises.keep(hosts == 1 || (hosts == 0 && !read.http_1_1), "a request has one Host");
  promises.keep(count(request, "Content-Length") + count(request, "Transfer-Encoding") <= 1,
                "a request has one length");
  promises.keep(
      !request.headers.has("Content-Length") || std::to_string(request.body.size()).size() <=
                                                    request.headers.get("Content-Length").size(),
      "a body is as long as its length says");
  promises.keep(request.body.empty() || request.headers.has("Content-Length") ||
                    request.headers.has("Transfer-Encoding"),
                "a body without a length is none");
  promises.keep(request.body.size() <= kLimits.max_body_bytes, "a body is bounded");
  promises.keep(request.headers.fields().size() <= kLimits.max_header_fields,
                "header fields are bounded");
  promises.keep(request.target == "*" || request.target.starts_with('/'), "a target is a path",
                request.target);
  for (const auto& [name, value] : request.headers.fields()) {
    promises.keep(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
                  "no field holds another", value);
  }
}

// A request, written as it was read, is read as the same request and nothing else.
void is_read_as_written(const ReadRequest& read, Promises& promises) {
  const ServerRequest& request = read.request;
  std::string text =
      request.method + " " + request.target + (read.http_1_1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  for (const auto& [name, value] : request.headers.fields()) text += name + ": " + value + "\r\n";
  text += "\r\n";
  if (!request.headers.has("Transfer-Encoding")) {
    text += request.body;
  } else {
    if (!request.body.empty()) text += net::chunk_of(request.body);
    text += net::chunk_of("");
  }
  if (text.size() - request.body.size() > kLimits.max_header_bytes) return;  // it had no spaces
  const Outcome again = outcome_of(text, std::string::npos);
  promises.keep(again.requests.size() == 1 && again.refusals.empty() && !again.begun &&
                    same(again.requests.front().request, request),
                "a request is read as it was written", text);
}

const net::HttpServer::Handler& routes() {
  static const net::HttpServer::Handler kHandler = [] {
    net::Router router;
    const auto echo = [](const net::RoutedRequest& request) {
      net::Form form = request.form();
      return ServerResponse{.headers = {{"X-Count", std::to_string(request.query().fields().size() +
                                                                   form.fields().size())}},
                            .body = request.parameter("name")};
    };
    router.add("GET", "/a/{name}", echo);
    router.add("POST", "/a/{name}", echo);
    return router.handler();
  }();
  return kHandler;
}

void is_answered_once(const ServerRequest& request, Promises& promises) {
  const ServerResponse response = routes()(request, {});
  promises.keep(net::is_well_formed(response), "an answer is well-formed");
  promises.keep(response.status != 200 || response.body.find('\0') == std::string::npos,
                "a parameter is text", response.body);
  const std::string head = net::head_of(response, net::AnswerFraming::Length, true, 1'700'000'000);
  promises.keep(head.starts_with("HTTP/1.1 " + std::to_string(response.status) + " ") &&
                    head.find("\r\n\r\n") == head.size() - 4 &&
                    head.find("HTTP/1.1", 1) == std::string::npos,
                "an answer has one head", head);
}

}  // namespace

const char* const kTarget = "request";

std::vector<std::string> broken_promises(std::string_view bytes) {
  Promises promises;
  const Outcome whole = outcome_of(bytes, std::string::npos);
  promises.keep(whole.refusals.size() <= 1, "a refusal is the last answer");
  promises.keep(whole.refusals.empty() || !whole.begun, "nothing is read after a refusal");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{100}})
    promises.keep(same(whole, outcome_of(bytes, piece)), "splitting makes no difference");
  for (const ReadRequest& read : whole.requests) {
    is_one_request(read, promises);
    is_read_as_written(read, promises);
    is_answered_once(read.request, promises);
  }
  return promises.broken();
}

}  // namespace fuzz
