// An API server in memory, for unit tests: it replaces net::HttpClient, so that kube::Client,
// informers and reconcilers run on it unchanged.
//
//   auto server = std::make_shared<support::FakeApiServer>();
//   server->serve(api::Offering::resource(), support::FakeApiServer::Kind::Custom);
//   server->create(api::Offering::resource(), manifest);
//   auto client = support::client_of(server);
//
// Modelled: resourceVersion, raised by each write that changes something and shared by all
// resources; uid and creationTimestamp; generation (raised by changes outside metadata and status,
// and by a deletion that waits for finalizers); 404; 409 for a POST of a taken name, a stale PUT or
// patch, and a uid that is another's; 410 for versions and continue tokens from before a
// compaction, as a status and as an event; list by pages of one snapshot; label selectors, and
// field selectors on name and namespace; watches with bookmarks; the status subresource; JSON patch
// (422 where it does not apply), merge patch, server-side apply as a merge with force that also
// removes what the same manager applied before and no longer does; finalizers and
// deletionTimestamp; preconditions of DELETE; PartialObjectMetadata.
//
// NOT modelled: schemas, defaults, pruning, CEL and every other validation of content; field
// ownership between managers (if two apply the same field, the last one wins, and a removal by
// either removes it; lists are replaced whole, whatever their schema says); authentication and RBAC
// (inject 401 or 403 by answer_next); the existence of namespaces; owner references' garbage
// collection; DELETE of a collection; dry runs; subresources other than status; discovery and
// OpenAPI; timeoutSeconds of a watch (end_watches does it instead); time-outs of requests (a
// hanging request hangs until it is stopped).
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "kube/client.h"
#include "kube/meta.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "support/versioned_objects.h"

namespace support {

// One request, as the API server saw it.
struct ApiCall {
  std::string method;
  std::string path;  // without the query
  std::map<std::string, std::string> query;
  std::string accept, content_type, authorization;
  Json body;             // null if there was none
  int status = 0;        // of the answer; 0: there is none (yet)
  bool settled = false;  // answered, dropped, or known to hang

  bool is_watch() const { return query.contains("watch"); }
  bool is_write() const { return method != "GET"; }
};

using CallMatcher = std::function<bool(const ApiCall&)>;
// Matches calls of that method whose path ends so: to("PATCH", "/status").
CallMatcher to(std::string method, std::string path_end = {});
CallMatcher any_call();
CallMatcher watches();
CallMatcher lists();  // of any page

// Thread-safe. A test's direct changes of objects (create, update, …) are neither logged nor
// subject to faults.
class FakeApiServer : public net::HttpClient {
 public:
  enum class Kind {
    Custom,  // a CRD with the status subresource
    BuiltIn,  // Secrets, Leases, Events, …: no generation, no subresource, PUT without a version is
              // allowed
  };

  explicit FakeApiServer(net::Clock& clock = net::system_clock()) : clock_(clock) {}
  ~FakeApiServer() override;
  void serve(const kube::Resource& resource, Kind kind);

  // --- Objects, as another client's kubectl would change them. Each throws std::logic_error if the
  // API server refuses it. A status in the object is written too, as its controller would write it.
  Json create(const kube::Resource& resource, Json object);
  // PUT of `change`'s result for the current object, without its status; or of its status alone.
  Json update(const kube::Resource& resource, const kube::NamespacedName& name,
              const std::function<void(Json&)>& change);
  Json update_status(const kube::Resource& resource, const kube::NamespacedName& name, Json status);
  void remove(const kube::Resource& resource, const kube::NamespacedName& name);
  // Null if there is none.
  Json find(const kube::Resource& resource, const kube::NamespacedName& name) const;
  std::vector<Json> list(const kube::Resource& resource) const;

  // --- Faults. A matching call uses up the first fault that matches it.
  // Answers a metav1.Status of that code without a look at the request, or `body` unless it is
  // empty.
  void answer_next(int count, int status, CallMatcher matches = any_call(),
                   net::Headers headers = {}, std::string body = {});
  // The connection breaks before an answer: Unavailable. The server does not do what was requested.
  void drop_next(int count, CallMatcher matches = any_call());
  // No answer until the caller's stop is requested.
  void hang_next(int count, CallMatcher matches = any_call());
  // Runs `interfere` right before it serves the next such call: makes another writer's race
  // certain.
  void before_next(CallMatcher matches, std::function<void()> interfere);
  // Offline, all calls and watches break until it comes back.
  void set_online(bool online);

  // --- Versions and open watches.
  void compact();
  void expire_watches();  // an ERROR event of 410, and the end
  void end_watches();     // the orderly end, as after timeoutSeconds
  void drop_watches(net::ErrorCode code = net::ErrorCode::Unavailable);  // the connection breaks
  // The next event of each open watch breaks off in the middle of its line, and so does the
  // connection.
  void cut_next_event();
  void send_bookmarks();             // to watches that allow them
  void send_line(std::string line);  // anything, to all watches
  // Wait (10 s at most, false then) until so many watches are open, or so many such calls are
  // settled.
  bool await_watches(int count);
  bool await_calls(int count, const CallMatcher& matches = any_call());

  // --- The log, in order of arrival.
  std::vector<ApiCall> calls(const CallMatcher& matches = any_call()) const;
  void forget_calls();

  net::Result<net::HttpResponse> send(const net::HttpRequest& request,
                                      std::stop_token stop) override;
  net::Result<net::HttpResponse> stream(const net::HttpRequest& request, const StreamLimits& limits,
                                        const LineHandler& on_line, std::stop_token stop) override;

 private:
  struct Served {
    kube::Resource resource;
    Kind kind;
  };
  // The target of a path.
  struct Route {
    const Served* served = nullptr;
    kube::NamespacedName name;  // an empty name: the collection
    std::string subresource;
    ObjectKey key() const;
  };
  struct Reply {
    int status = 200;
    Json body;
    net::Headers headers;
    std::string raw;  // instead of `body`, unless empty
  };
  struct Fault {
    enum class Kind { Answer, Drop, Hang, Interfere } kind;
    int count;
    CallMatcher matches;
    Reply reply;
    std::function<void()> interfere;
  };
  // The subject of a list or a watch.
  struct Selection {
    kube::LabelSelector labels;
    std::map<std::string, std::string> fields;
    std::string namespace_;
    bool matches(const Json& object) const;
  };
  // An action of an open watch after the events that came before.
  struct Order {
    enum class Kind { Line, Bookmark, End, Fail } kind;
    std::string line;
    net::ErrorCode code = net::ErrorCode::Unavailable;
  };
  struct Watch {
    const Served* served;
    Selection selection;
    VersionedObjects::Version seen = 0;
    bool initial = false;  // begins with synthetic ADDED events of existing objects
    bool bookmarks = false;
    bool partial = false;
    bool cut = false;
    std::deque<Order> orders;
  };
  using Lock = std::unique_lock<std::mutex>;

  std::shared_ptr<ApiCall> begin(const net::HttpRequest& request);
  // The effect of the faults that match `call`: nothing, an answer, or an error.
  std::optional<net::Result<Reply>> suffer_faults(ApiCall& call, Lock& lock, std::stop_token stop);
  net::HttpResponse finish(ApiCall& call, const Reply& reply);
  std::optional<Route> route(const std::string& path) const;
  Route route_to(const kube::Resource& resource, const kube::NamespacedName& name,
                 std::string subresource = {}) const;

  Reply handle(const ApiCall& call);
  static Reply refusal(int status, const std::string& reason, const std::string& message);
  static Reply conflict(const Route& route, const std::string& why);
  Reply get(const Route& route, const ApiCall& call) const;
  Reply list_page(const Route& route, const ApiCall& call) const;
  Reply post(const Route& route, Json object);
  Reply put(const Route& route, Json object);
  Reply patch(const Route& route, const ApiCall& call);
  Reply apply(const Route& route, const ApiCall& call);
  Reply remove(const Route& route, const Json& options);
  // Writes `next` in place of `live`, after the API server's changes to every write.
  Reply commit(const Route& route, const Json& live, Json next);

  std::variant<Watch, Reply> open_watch(const ApiCall& call) const;
  net::Result<net::HttpResponse> run_watch(Watch& watch, const LineHandler& on_line, Lock& lock,
                                           std::stop_token stop);
  std::vector<std::string> pending_events(Watch& watch) const;
  void order_watches(const Order& order);

  net::Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool online_ = true;
  std::list<Served> served_;
  VersionedObjects objects_;
  std::map<std::tuple<std::string, std::string, std::string>, Json>
      applied_;  // by uid, manager, subresource
  std::list<Fault> faults_;
  std::list<Watch*> watches_;
  std::vector<std::shared_ptr<ApiCall>> calls_;
};

// A client of `server`, without a token.
std::unique_ptr<kube::Client> client_of(std::shared_ptr<FakeApiServer> server,
                                        net::Clock& clock = net::system_clock());

// For code that makes its own clients (kube::RuntimeOptions): the cluster, and connections to
// `server`.
kube::ClusterConfig cluster_config(const std::string& ns = "default");
kube::Client::MakeHttp connections_to(std::shared_ptr<FakeApiServer> server);

}  // namespace support
