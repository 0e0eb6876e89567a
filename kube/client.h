// A typed client of the Kubernetes API.
//
//   auto client = kube::Client::create(std::move(config), {});
//   if (!client.ok()) return client.error();
//   auto lease = (*client)->get<kube::Lease>({"default", "leader"}, stop);
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "kube/config.h"
#include "kube/credentials.h"
#include "kube/meta.h"
#include "kube/rate_limiter.h"
#include "net/http_client.h"
#include "net/result.h"
#include "net/url.h"

namespace kube {

class Fence;
class RestMetrics;

struct ListOptions {
  std::string namespace_ = {};  // empty: all
  std::string label_selector = {};
  std::string field_selector = {};
  std::string continue_token = {};
  int limit = 0;  // page size; 0: no paging
};

template <class T>
struct ListPage {
  std::vector<T> items;
  std::string resource_version;
  std::string continue_token;
};

struct Preconditions {
  std::string uid = {};
  std::string resource_version = {};
};

// One operation of a JSON patch (RFC 6902).
struct PatchOperation {
  std::string op = {};    // add, remove, replace, test
  std::string path = {};  // RFC 6901 pointer
  Json value = {};        // unused by remove
};
Json to_json_patch(const std::vector<PatchOperation>& operations);

// The request beneath the typed calls; also a way to what they do not cover.
struct ApiRequest {
  std::string method = "GET";
  std::string path = {};  // "/apis/…"
  net::FormFields query = {};
  std::string content_type = {};  // of the body
  std::string accept = "application/json";
  std::string body = {};
  net::Duration timeout = std::chrono::seconds{30};
  // A larger answer is TooLarge. By default a page of 500 objects; one object is at most 1.5 MiB
  // (etcd's limit), and up to six times that where each of its characters is escaped.
  std::size_t max_response_bytes = 64 << 20;
  bool own_connection = false;  // net::HttpRequest: bounds what is buffered, too
};

// The Error for an answer other than 2xx: 404 NotFound, 409 Conflict or AlreadyExists by the
// Status' reason, 410 Gone, 422 Invalid, 429 TooManyRequests with retry_after, … The message is the
// API server's own if it sent a metav1.Status; otherwise it names the request. A JSON patch whose
// `test` failed, and an apply with the uid of another object, are Conflicts, though the API server
// says 422.
net::Error error_of(const ApiRequest& request, const net::HttpResponse& response,
                    net::SystemTime now);

// Thread-safe. Calls block, end early when `stop` is requested, and turn API statuses into Error
// codes (error_of).
//
// The client retries if the API server says so (client-go, rest/with_retry.go): after 429 and 5xx
// with Retry-After, at most ten times, and only while the wait ends within the request's time-out.
// So no caller hangs for longer than it asked to; a queue takes the rest from the error's
// retry_after. The client retries once, at once, after a 401, if there is another credential by
// then: a 401 means that nothing was done. It retries nothing more, except as net::HttpClient does:
// the fate of a write without an answer is not known.
class Client {
 public:
  using MakeHttp =
      std::function<net::Result<std::unique_ptr<net::HttpClient>>(net::HttpClientOptions)>;
  struct Dependencies {
    // Sends everything. Null: made by make_http from the config, and anew when certificates
    // change; a request under way (a watch) ends on the one it began on.
    std::shared_ptr<net::HttpClient> http = {};
    MakeHttp make_http = net::make_http_client;
    std::shared_ptr<Credentials> credentials = {};  // null: made from the config
    RestMetrics* metrics = nullptr;                 // outlives the client
    net::Clock* clock = &net::system_clock();
    net::Duration timeout =
        std::chrono::seconds{30};                  // the most that any request but a watch may take
    std::string user_agent = net::program_name();  // of a client made from the config
    RateLimit rate_limit = {};                     // for all but watches, as client-go has it
    // Asked before each request but a GET: the client sends only an admitted request, and gives it
    // no more time than admitted. Outlives the client; null: every request is admitted.
    const Fence* fence = nullptr;
  };
  // Invalid: the config's server, proxy, certificates or key cannot be used. Asks the cluster
  // nothing.
  static net::Result<std::unique_ptr<Client>> create(ClusterConfig config,
                                                     Dependencies dependencies);
  ~Client();

  template <KubeObject T>
  net::Result<T> get(const NamespacedName& name, std::stop_token stop) {
    return decode<T>(
        send({.path = object_path(T::resource(), name), .accept = accept_of<T>().object}, stop));
  }

  template <KubeObject T>
  net::Result<ListPage<T>> list(const ListOptions& options, std::stop_token stop) {
    return decode_list<T>(send(list_request(T::resource(), options, accept_of<T>().list), stop));
  }

  // POST. AlreadyExists if the name is taken.
  template <KubeObject T>
  net::Result<T> create(const T& object, std::stop_token stop) {
    return decode<T>(send(
        write_request("POST", T::resource().path(object.metadata.namespace_), typed_json(object)),
        stop));
  }

  // PUT: Conflict unless object.metadata.resource_version is the current one.
  template <KubeObject T>
  net::Result<T> update(const T& object, std::stop_token stop) {
    return decode<T>(send(
        write_request("PUT", object_path(T::resource(), object.metadata.key()), typed_json(object)),
        stop));
  }

  // Server-side apply (KEP-555) of `fields` (what follows metadata: {"status": …} or {"data": …};
  // labels, owner references and a resourceVersion to insist on may come in their "metadata").
  // Conflicts with other field managers are overridden (force), as controllers should. `uid`, where
  // given, makes the API server refuse (Conflict) to create the object anew or to touch a namesake.
  // `subresource`: "" or "status"; for a status the API server ignores the uid of an object that is
  // there (1.36): where a namesake must not get it, insist on the resourceVersion.
  template <KubeObject T>
  net::Result<T> apply(const NamespacedName& name, std::string_view uid,
                       std::string_view subresource, Json fields, std::string_view field_manager,
                       std::stop_token stop) {
    return decode<T>(
        send(apply_request(T::resource(), name, uid, subresource, std::move(fields), field_manager),
             stop));
  }

  // All of `operations` or none: Conflict where a `test` fails.
  template <KubeObject T>
  net::Result<T> json_patch(const NamespacedName& name,
                            const std::vector<PatchOperation>& operations, std::stop_token stop) {
    return decode<T>(send(json_patch_request(object_path(T::resource(), name), operations), stop));
  }

  // DELETE. Conflict where a precondition does not hold; finalizers may keep the object a while.
  template <KubeObject T>
  net::Status remove(const NamespacedName& name, const Preconditions& preconditions,
                     std::stop_token stop) {
    return remove_path(object_path(T::resource(), name), preconditions, stop);
  }

  // The answer's body for a 2xx; an Error for anything else. The request's body is wiped when it
  // was sent, as far as this client holds it.
  net::Result<std::string> send(ApiRequest request, std::stop_token stop);

  // A watch: hands over each line of the stream. The error or ok is how the stream ended. It counts
  // as answered, in metrics and for time-outs, when its header fields are there.
  net::Status stream(ApiRequest request, const net::HttpClient::StreamLimits& limits,
                     const net::HttpClient::LineHandler& on_line, std::stop_token stop);

  const ClusterConfig& config() const;

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);

  // Where that object is served; empty, which send() refuses, for a name that would lead elsewhere:
  // without one, the path would be the whole collection's.
  static std::string object_path(const Resource& resource, const NamespacedName& name);
  template <class T>
  static Json typed_json(const T& object) {
    Json json = object;
    json["apiVersion"] = T::resource().api_version();
    json["kind"] = T::resource().kind;
    return json;
  }
  // The decoders of client.cc, given how to convert; kept out of line so that each T costs little.
  using Parse = std::function<net::Result<Json>(std::string_view text)>;
  static net::Status decode_body(net::Result<std::string> body, const Parse& parse,
                                 const std::function<void(const Json&)>& convert);
  static net::Status decode_object(net::Result<std::string> body,
                                   const std::function<void(const Json&)>& convert);
  static net::Status decode_list_object(net::Result<std::string> body,
                                        const std::function<void(const Json&)>& convert);
  template <class T>
  static net::Result<T> decode(net::Result<std::string> body) {
    T object;
    net::Status status =
        decode_object(std::move(body), [&](const Json& json) { json.get_to(object); });
    if (!status.ok()) return status.error();
    return object;
  }
  template <class T>
  static net::Result<ListPage<T>> decode_list(net::Result<std::string> body) {
    ListPage<T> page;
    net::Status status = decode_list_object(std::move(body), [&](const Json& json) {
      const Json metadata = json.value("metadata", Json::object());
      page.resource_version = net::string_member(metadata, "resourceVersion");
      page.continue_token = net::string_member(metadata, "continue");
      if (auto items = json.find("items"); items != json.end() && items->is_array()) {
        page.items.reserve(items->size());
        for (const Json& item : *items) page.items.push_back(item.get<T>());
      }
    });
    if (!status.ok()) return status.error();
    return page;
  }
  static ApiRequest list_request(const Resource& resource, const ListOptions& options,
                                 std::string accept);
  // Wipes `object`: it may be a Secret.
  static ApiRequest write_request(std::string method, std::string path, Json object);
  static ApiRequest apply_request(const Resource& resource, const NamespacedName& name,
                                  std::string_view uid, std::string_view subresource, Json fields,
                                  std::string_view field_manager);
  static ApiRequest json_patch_request(std::string path,
                                       const std::vector<PatchOperation>& operations);
  net::Status remove_path(std::string path, const Preconditions& preconditions,
                          std::stop_token stop);

  std::unique_ptr<Impl> impl_;
};

}  // namespace kube
