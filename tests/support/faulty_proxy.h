// A proxy between one client and the real API server, which injects faults by a test's script: lost
// requests, lost answers, answers from the proxy instead of the API server, and watch streams that
// arrive in pieces, fall silent, say more than they should, or break off.
//
//   FaultyProxy proxy(*kube::load_config(operator_kubeconfig(cluster)));
//   proxy.play([](const auto& request) -> FaultyProxy::Decision {
//     if (request.method == "PATCH") return FaultyProxy::LoseAnswer{};
//     return FaultyProxy::Pass{};
//   });
//
// NOT modelled: TLS towards the client (a kubeconfig with an http:// server reaches it) and, since
// clients show nothing secret without TLS, the client's identity: all requests go on with the token
// of `upstream`. HTTP/2, upgrades (exec, port-forward), trailers, and lost or late packets are not
// modelled either. If the API server closes a kept connection under a request, the client sees a
// closed connection, never a refused one.
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
    int status = 0;  // of the answer to the client; 0: none (yet)

    bool is_watch() const { return query.contains("watch"); }
    // A page of the list, or a watch, of that resource (plural).
    bool lists(std::string_view resource) const;
    bool watches(std::string_view resource) const;
    bool writes_status() const { return method == "PATCH" && path.ends_with("/status"); }
  };

  // The client's share of one line of a watch stream (which ends with its line feed): pieces, each
  // of them an HTTP chunk of its own, and then perhaps the end of the connection, without the end
  // of the stream.
  struct Delivery {
    std::vector<std::string> pieces;
    bool cut = false;
  };
  // Called on the connection's thread. A filter that blocks holds the stream silent; the test must
  // release it before the proxy ends.
  using LineFilter = std::function<Delivery(const std::string& line)>;

  // The fates of a request.
  struct Pass {};
  struct Refuse {};      // the connection closes; the API server never sees the request
  struct LoseAnswer {};  // the API server handles the request; then the connection closes
  struct Answer {        // the API server never sees the request
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

  // Listens on 127.0.0.1. It uses the server, CA and token of `upstream`, and nothing else of it.
  explicit FaultyProxy(const kube::ClusterConfig& upstream);
  ~FaultyProxy();
  FaultyProxy(const FaultyProxy&) = delete;
  FaultyProxy& operator=(const FaultyProxy&) = delete;

  // Call any of them from any thread.
  std::string url() const;
  // For the requests from now on; the first script passes all.
  void play(Script script);
  // The received requests, in order of arrival.
  std::vector<Request> requests() const;
  long count(const std::function<bool(const Request&)>& matches) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// A metav1.Status, as the API server would answer it.
FaultyProxy::Answer refusal(int status, const std::string& reason, const std::string& message);
// Lines of a watch stream as the API server sends them: 410 as an event, and a bookmark.
std::string gone_event();
std::string bookmark(const std::string& api_version, const std::string& kind,
                     const std::string& resource_version);
// Returns the resourceVersion in a line of a watch stream.
std::string resource_version_of(const std::string& line);

}  // namespace support
