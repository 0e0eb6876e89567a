// A proxy between one client and the real API server that hurts what passes through it as a test's
// script says: requests that never arrive, answers that never come back, answers that the API
// server did not give, and watch streams that arrive in pieces, fall silent, say more than they
// should, or break off.
//
//   FaultyProxy proxy(*kube::load_config(operator_kubeconfig(cluster)));
//   proxy.play([](const auto& request) -> FaultyProxy::Decision {
//     if (request.method == "PATCH") return FaultyProxy::LoseAnswer{};
//     return FaultyProxy::Pass{};
//   });
//
// NOT modelled: TLS towards the client (a kubeconfig with an http:// server reaches it) and, since
// clients show nothing secret without TLS, who the client is: all requests go on with the token of
// `upstream`. Nor HTTP/2, upgrades (exec, port-forward), trailers, packets that are lost or late.
// What the API server's closing of a kept connection does to a request, the client sees as a closed
// connection, never as a refused one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "kube/config.h"

namespace support {

class FaultyProxy {
 public:
  struct Request {
    std::string method;
    std::string path;                          // without the query
    std::map<std::string, std::string> query;  // decoded
    std::string body;
    int status = 0;  // of the answer that the client was given; 0: none (yet)

    bool is_watch() const { return query.contains("watch"); }
    // A page of the list, or a watch, of that resource (plural).
    bool lists(std::string_view resource) const;
    bool watches(std::string_view resource) const;
    bool writes_status() const { return method == "PATCH" && path.ends_with("/status"); }
  };

  // What the client gets for one line of a watch stream (which ends with its line feed): pieces,
  // each of them an HTTP chunk of its own, and then perhaps the end of the connection, without the
  // end of the stream.
  struct Delivery {
    std::vector<std::string> pieces;
    bool cut = false;
  };
  // Called on the connection's thread. One that blocks holds the stream silent; it must be let go
  // before the proxy ends.
  using LineFilter = std::function<Delivery(const std::string& line)>;

  // What becomes of a request.
  struct Pass {};
  struct Refuse {};      // the connection closes; the API server never sees the request
  struct LoseAnswer {};  // the API server does what is asked; then the connection closes
  struct Answer {        // without asking the API server
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
  };
  struct Tamper {  // as Pass, but each line of the answer's body goes through the filter
    LineFilter filter;
  };
  using Decision = std::variant<Pass, Refuse, LoseAnswer, Answer, Tamper>;
  // Called on the connection's thread, for several connections at once.
  using Script = std::function<Decision(const Request&)>;

  // Listens on 127.0.0.1. `upstream`: its server, CA and token are used, nothing else of it.
  explicit FaultyProxy(const kube::ClusterConfig& upstream);
  ~FaultyProxy();
  FaultyProxy(const FaultyProxy&) = delete;
  FaultyProxy& operator=(const FaultyProxy&) = delete;

  // All of it from any thread.
  std::string url() const;
  // For the requests from now on; the first script passes all.
  void play(Script script);
  // What came in, in order of arrival.
  std::vector<Request> requests() const;
  long count(const std::function<bool(const Request&)>& matches) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// A metav1.Status, as the API server would answer it.
FaultyProxy::Answer refusal(int status, const std::string& reason, const std::string& message);
// Lines of a watch stream that the API server might send: 410 as an event, and a bookmark.
std::string gone_event();
std::string bookmark(const std::string& api_version, const std::string& kind,
                     const std::string& resource_version);
// The resourceVersion that a line of a watch stream tells of.
std::string resource_version_of(const std::string& line);

}  // namespace support
