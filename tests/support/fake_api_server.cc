#include "support/fake_api_server.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "net/crypto.h"
#include "net/json.h"
#include "net/time_format.h"
#include "net/url.h"

namespace support {
namespace {

using net::Error;
using net::ErrorCode;
using Version = VersionedObjects::Version;

constexpr std::chrono::seconds kPatience{10};

const char* reason_of(int status) {
  switch (status) {
    case 400:
      return "BadRequest";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 405:
      return "MethodNotAllowed";
    case 406:
      return "NotAcceptable";
    case 409:
      return "Conflict";
    case 410:
      return "Expired";
    case 415:
      return "UnsupportedMediaType";
    case 422:
      return "Invalid";
    case 429:
      return "TooManyRequests";
    case 503:
      return "ServiceUnavailable";
    case 504:
      return "Timeout";
    default:
      return "InternalError";
  }
}

Json status_object(int status, const std::string& reason, const std::string& message) {
  return {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", Json::object()},
          {"status", "Failure"}, {"code", status},     {"reason", reason},
          {"message", message}};
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != separator) continue;
    if (i > begin) parts.emplace_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return parts;
}

std::string trim(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

// A path segment, decoded.
std::string decode_segment(const std::string& segment) {
  auto fields = net::parse_form("x=" + segment);
  return fields.ok() && !fields->empty() ? fields->front().second : segment;
}

std::optional<Version> parse_version(const std::string& text) {
  Version version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return version;
}

std::string query_of(const ApiCall& call, const char* key) {
  const auto found = call.query.find(key);
  return found == call.query.end() ? std::string{} : found->second;
}

// "a=b", "a==b", "a!=b", "a", "!a", "a in (b,c)", "a notin (b,c)".
kube::LabelRequirement parse_requirement(const std::string& text) {
  for (const auto& [word, op] : {std::pair{" notin (", "NotIn"}, std::pair{" in (", "In"}}) {
    const auto at = text.find(word);
    if (at == std::string::npos) continue;
    const auto begin = text.find('(') + 1;
    kube::LabelRequirement requirement{trim(text.substr(0, at)), op, {}};
    for (const std::string& value : split(text.substr(begin, text.find(')') - begin), ',')) {
      requirement.values.push_back(trim(value));
    }
    return requirement;
  }
  const auto equals = text.find('=');
  if (equals == std::string::npos) {
    return text.starts_with('!') ? kube::LabelRequirement{text.substr(1), "DoesNotExist", {}}
                                 : kube::LabelRequirement{text, "Exists", {}};
  }
  const bool negated = equals > 0 && text[equals - 1] == '!';
  const auto value = text.find_first_not_of('=', equals);
  return {text.substr(0, negated ? equals - 1 : equals),
          negated ? "NotIn" : "In",
          {value == std::string::npos ? "" : text.substr(value)}};
}

kube::LabelSelector parse_label_selector(std::string_view text) {
  kube::LabelSelector selector;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    const std::string part = trim(text.substr(begin, i - begin));
    if (!part.empty()) selector.match_expressions.push_back(parse_requirement(part));
    begin = i + 1;
  }
  return selector;
}

// Returns nothing for a field without a selector.
std::optional<std::map<std::string, std::string>> parse_field_selector(const std::string& text) {
  std::map<std::string, std::string> fields;
  for (const std::string& part : split(text, ',')) {
    const auto equals = part.find('=');
    const std::string field = part.substr(0, equals);
    if (equals == std::string::npos ||
        (field != "metadata.name" && field != "metadata.namespace")) {
      return std::nullopt;
    }
    fields[field.substr(std::string_view("metadata.").size())] =
        part.substr(part.find_last_of('=') + 1);
  }
  return fields;
}

// A continue token: the snapshot's version and the last key handed out.
std::string make_token(Version version, const ObjectKey& last) {
  return net::base64(std::to_string(version) + "\n" + last.name.namespace_ + "\n" + last.name.name);
}

struct Continuation {
  Version version = 0;
  kube::NamespacedName last;
};
std::optional<Continuation> parse_token(const std::string& token) {
  const auto text = net::parse_base64(token);
  if (!text.ok()) return std::nullopt;
  const auto first = text->find('\n');
  const auto second = text->find('\n', first + 1);
  if (first == std::string::npos || second == std::string::npos) return std::nullopt;
  const auto version = parse_version(text->substr(0, first));
  if (!version) return std::nullopt;
  return Continuation{*version,
                      {text->substr(first + 1, second - first - 1), text->substr(second + 1)}};
}

Json partial(const Json& object) {
  return {{"kind", "PartialObjectMetadata"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", object.value("metadata", Json::object())}};
}

// Go leaves empty collections of metadata out.
void drop_empty_collections(Json& metadata) {
  for (const char* key : {"finalizers", "labels", "annotations", "ownerReferences"}) {
    const auto found = metadata.find(key);
    if (found != metadata.end() && found->empty()) metadata.erase(found);
  }
}

// stringData is write-only: it ends up in data.
void encode_string_data(Json& object) {
  const auto text = object.find("stringData");
  if (text == object.end()) return;
  for (const auto& [key, value] : text->items()) {
    object["data"][key] = net::base64(value.get<std::string>());
  }
  object.erase("stringData");
}

// An apply merges objects and replaces everything else.
void merge(Json& into, const Json& from) {
  if (!into.is_object() || !from.is_object()) {
    into = from;
    return;
  }
  for (const auto& [key, value] : from.items()) {
    if (into.contains(key)) {
      merge(into[key], value);
    } else {
      into[key] = value;
    }
  }
}

// Removes from `object` the members that `previous` had and `next` lacks.
void prune(Json& object, const Json& previous, const Json& next) {
  if (!object.is_object() || !previous.is_object() || !next.is_object()) return;
  for (const auto& [key, value] : previous.items()) {
    if (!object.contains(key)) continue;
    if (!next.contains(key)) {
      object.erase(key);
    } else {
      prune(object[key], value, next[key]);
    }
  }
}

// Returns the part that counts for the generation: everything but metadata and status.
Json desired_state(Json object) {
  object.erase("metadata");
  object.erase("status");
  return object;
}

// One operation of a JSON patch. As in the API server's library, `test` for null holds for a
// missing member.
void apply_operation(Json& object, const Json& operation) {
  const bool test_for_absence =
      net::string_member(operation, "op") == "test" &&
      operation.value("value", Json(0)).is_null() &&
      !object.contains(Json::json_pointer(net::string_member(operation, "path")));
  if (!test_for_absence) object = object.patch(Json::array({operation}));
}

bool has_new_finalizer(const Json& before, const Json& after) {
  const auto old = before.value("finalizers", Json::array());
  for (const Json& finalizer : after.value("finalizers", Json::array())) {
    if (std::find(old.begin(), old.end(), finalizer) == old.end()) return true;
  }
  return false;
}

std::string version_in(const Json& object) {
  return net::string_member(object.value("metadata", Json::object()), "resourceVersion");
}

std::string qualified(const kube::Resource& resource, const std::string& name) {
  return resource.plural + (resource.group.empty() ? "" : "." + resource.group) + " \"" + name +
         "\"";
}

std::string watch_line(const char* type, const Json& object) {
  return Json{{"type", type}, {"object", object}}.dump();
}

}  // namespace

CallMatcher to(std::string method, std::string path_end) {
  return [method = std::move(method), path_end = std::move(path_end)](const ApiCall& call) {
    return call.method == method && call.path.ends_with(path_end);
  };
}

CallMatcher any_call() {
  return [](const ApiCall&) { return true; };
}

CallMatcher watches() {
  return [](const ApiCall& call) { return call.is_watch(); };
}

CallMatcher lists() {
  return [](const ApiCall& call) { return call.method == "GET" && call.query.contains("limit"); };
}

FakeApiServer::~FakeApiServer() = default;

void FakeApiServer::serve(const kube::Resource& resource, Kind kind) {
  Lock lock(mutex_);
  served_.push_back({resource, kind});
}

// --- Objects

namespace {

[[noreturn]] void refuse(const Json& status) {
  throw std::logic_error("the fake API server refuses: " + net::string_member(status, "message"));
}

}  // namespace

Json FakeApiServer::create(const kube::Resource& resource, Json object) {
  Lock lock(mutex_);
  const std::string ns = net::string_member(object.value("metadata", Json::object()), "namespace");
  const auto status = object.find("status") == object.end() ? Json() : object["status"];
  Reply reply = post(route_to(resource, {ns, ""}), std::move(object));
  if (reply.status < 300 && !status.is_null() && !reply.body.contains("status")) {
    Json with_status = reply.body;
    with_status["status"] = status;
    reply = put(route_to(resource, reply.body["metadata"].get<kube::ObjectMeta>().key(), "status"),
                with_status);
  }
  if (reply.status >= 300) refuse(reply.body);
  changed_.notify_all();
  return reply.body;
}

Json FakeApiServer::update(const kube::Resource& resource, const kube::NamespacedName& name,
                           const std::function<void(Json&)>& change) {
  Lock lock(mutex_);
  const Route route = route_to(resource, name);
  const auto live = objects_.find(route.key());
  if (!live) throw std::logic_error("there is no " + qualified(resource, name.to_string()));
  Json next = *live;
  change(next);
  Reply reply = put(route, std::move(next));
  if (reply.status >= 300) refuse(reply.body);
  changed_.notify_all();
  return reply.body;
}

Json FakeApiServer::update_status(const kube::Resource& resource, const kube::NamespacedName& name,
                                  Json status) {
  Lock lock(mutex_);
  const Route route = route_to(resource, name, "status");
  const auto live = objects_.find(route.key());
  if (!live) throw std::logic_error("there is no " + qualified(resource, name.to_string()));
  Json next = *live;
  next["status"] = std::move(status);
  Reply reply = put(route, std::move(next));
  if (reply.status >= 300) refuse(reply.body);
  changed_.notify_all();
  return reply.body;
}

void FakeApiServer::remove(const kube::Resource& resource, const kube::NamespacedName& name) {
  Lock lock(mutex_);
  Reply reply = remove(route_to(resource, name), Json());
  if (reply.status >= 300) refuse(reply.body);
  changed_.notify_all();
}

Json FakeApiServer::find(const kube::Resource& resource, const kube::NamespacedName& name) const {
  Lock lock(mutex_);
  const auto object = objects_.find(route_to(resource, name).key());
  return object ? *object : Json();
}

std::vector<Json> FakeApiServer::list(const kube::Resource& resource) const {
  Lock lock(mutex_);
  std::vector<Json> all;
  for (const auto& [key, object] : objects_.at(resource.path(""), objects_.version())) {
    all.push_back(*object);
  }
  return all;
}

// --- Faults

void FakeApiServer::answer_next(int count, int status, CallMatcher matches, net::Headers headers,
                                std::string body) {
  Reply reply = refusal(status, reason_of(status), "injected by the test");
  reply.headers = std::move(headers);
  reply.raw = std::move(body);
  Lock lock(mutex_);
  faults_.push_back({Fault::Kind::Answer, count, std::move(matches), std::move(reply), {}});
}

void FakeApiServer::drop_next(int count, CallMatcher matches) {
  Lock lock(mutex_);
  faults_.push_back({Fault::Kind::Drop, count, std::move(matches), {}, {}});
}

void FakeApiServer::hang_next(int count, CallMatcher matches) {
  Lock lock(mutex_);
  faults_.push_back({Fault::Kind::Hang, count, std::move(matches), {}, {}});
}

void FakeApiServer::before_next(CallMatcher matches, std::function<void()> interfere) {
  Lock lock(mutex_);
  faults_.push_back({Fault::Kind::Interfere, 1, std::move(matches), {}, std::move(interfere)});
}

void FakeApiServer::set_online(bool online) {
  {
    Lock lock(mutex_);
    online_ = online;
  }
  if (!online) drop_watches();
}

// --- Versions and open watches

void FakeApiServer::compact() {
  Lock lock(mutex_);
  objects_.compact();
}

void FakeApiServer::order_watches(const Order& order) {
  Lock lock(mutex_);
  for (Watch* watch : watches_) watch->orders.push_back(order);
  changed_.notify_all();
}

void FakeApiServer::expire_watches() {
  const Json status = status_object(410, "Expired", "too old resource version");
  order_watches({Order::Kind::Line, watch_line("ERROR", status)});
  order_watches({Order::Kind::End, {}});
}

void FakeApiServer::end_watches() { order_watches({Order::Kind::End, {}}); }

void FakeApiServer::drop_watches(ErrorCode code) { order_watches({Order::Kind::Fail, {}, code}); }

void FakeApiServer::cut_next_event() {
  Lock lock(mutex_);
  for (Watch* watch : watches_) watch->cut = true;
}

void FakeApiServer::send_bookmarks() { order_watches({Order::Kind::Bookmark, {}}); }

void FakeApiServer::send_line(std::string line) {
  order_watches({Order::Kind::Line, std::move(line)});
}

bool FakeApiServer::await_watches(int count) {
  Lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return std::ssize(watches_) == count; });
}

bool FakeApiServer::await_calls(int count, const CallMatcher& matches) {
  Lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] {
    return std::count_if(calls_.begin(), calls_.end(), [&](const auto& call) {
             return call->settled && matches(*call);
           }) >= count;
  });
}

// --- The log

std::vector<ApiCall> FakeApiServer::calls(const CallMatcher& matches) const {
  Lock lock(mutex_);
  std::vector<ApiCall> found;
  for (const auto& call : calls_) {
    if (matches(*call)) found.push_back(*call);
  }
  return found;
}

void FakeApiServer::forget_calls() {
  Lock lock(mutex_);
  calls_.clear();
}

std::shared_ptr<ApiCall> FakeApiServer::begin(const net::HttpRequest& request) {
  auto call = std::make_shared<ApiCall>();
  call->method = request.method;
  const auto url = net::parse_url(request.url);
  if (url.ok()) {
    call->path = url->path;
    if (const auto fields = net::parse_form(url->query); fields.ok()) {
      call->query = {fields->begin(), fields->end()};
    }
  }
  call->accept = request.headers.get("Accept");
  call->content_type = request.headers.get("Content-Type");
  call->authorization = request.headers.get("Authorization");
  if (auto body = net::parse_json(request.body); body.ok()) call->body = std::move(*body);
  calls_.push_back(call);
  return call;
}

net::HttpResponse FakeApiServer::finish(ApiCall& call, const Reply& reply) {
  call.status = reply.status;
  call.settled = true;
  changed_.notify_all();
  return {reply.status, reply.headers, reply.raw.empty() ? reply.body.dump() : reply.raw};
}

std::optional<net::Result<FakeApiServer::Reply>> FakeApiServer::suffer_faults(
    ApiCall& call, Lock& lock, std::stop_token stop) {
  const auto settle = [&] {
    call.settled = true;
    changed_.notify_all();
  };
  if (!online_) {
    settle();
    return Error{ErrorCode::Unavailable, "connection refused (the fake API server is offline)"};
  }
  const auto found = std::find_if(faults_.begin(), faults_.end(),
                                  [&](const Fault& fault) { return fault.matches(call); });
  if (found == faults_.end()) return std::nullopt;
  const Fault fault = *found;
  if (--found->count == 0) faults_.erase(found);
  switch (fault.kind) {
    case Fault::Kind::Answer:
      return fault.reply;
    case Fault::Kind::Drop:
      settle();
      return Error{ErrorCode::Unavailable, "the connection broke"};
    case Fault::Kind::Hang:
      settle();
      changed_.wait(lock, stop, [] { return false; });
      return Error{ErrorCode::Cancelled, "stopped"};
    case Fault::Kind::Interfere:
      break;
  }
  lock.unlock();
  fault.interfere();
  lock.lock();
  return std::nullopt;
}

net::Result<net::HttpResponse> FakeApiServer::send(const net::HttpRequest& request,
                                                   std::stop_token stop) {
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
  Lock lock(mutex_);
  const auto call = begin(request);
  if (auto fault = suffer_faults(*call, lock, stop)) {
    if (!fault->ok()) return fault->error();
    return finish(*call, **fault);
  }
  net::HttpResponse response = finish(*call, handle(*call));
  if (response.body.size() > request.max_response_bytes)
    return Error{ErrorCode::TooLarge, "the answer is larger than it may be"};
  return response;
}

net::Result<net::HttpResponse> FakeApiServer::stream(const net::HttpRequest& request,
                                                     const StreamLimits& limits,
                                                     const LineHandler& on_line,
                                                     std::stop_token stop) {
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
  Lock lock(mutex_);
  const auto call = begin(request);
  if (auto fault = suffer_faults(*call, lock, stop)) {
    if (!fault->ok()) return fault->error();
    return finish(*call, **fault);
  }
  auto opened = open_watch(*call);
  if (const Reply* refused = std::get_if<Reply>(&opened)) return finish(*call, *refused);
  Watch& watch = std::get<Watch>(opened);
  watches_.push_back(&watch);
  finish(*call, {});
  if (limits.on_headers) limits.on_headers(200);
  const auto end = run_watch(watch, on_line, lock, stop);
  watches_.remove(&watch);
  changed_.notify_all();
  return end;
}

// --- Paths

ObjectKey FakeApiServer::Route::key() const { return {served->resource.path(""), name}; }

FakeApiServer::Route FakeApiServer::route_to(const kube::Resource& resource,
                                             const kube::NamespacedName& name,
                                             std::string subresource) const {
  const auto found = std::find_if(served_.begin(), served_.end(), [&](const Served& served) {
    return served.resource.path("") == resource.path("");
  });
  if (found == served_.end())
    throw std::logic_error(resource.plural + " is not served: call serve()");
  return {&*found, name, std::move(subresource)};
}

std::optional<FakeApiServer::Route> FakeApiServer::route(const std::string& path) const {
  for (const Served& served : served_) {
    const kube::Resource& resource = served.resource;
    const std::string root =
        "/" + std::string(resource.group.empty() ? "api" : "apis/" + resource.group) + "/" +
        resource.version + "/";
    if (!path.starts_with(root)) continue;
    auto parts = split(path.substr(root.size()), '/');
    Route route{&served, {}, {}};
    if (resource.namespaced && parts.size() >= 3 && parts[0] == "namespaces") {
      route.name.namespace_ = decode_segment(parts[1]);
      parts.erase(parts.begin(), parts.begin() + 2);
    }
    if (parts.empty() || parts.size() > 3 || parts[0] != resource.plural) continue;
    if (parts.size() > 1) route.name.name = decode_segment(parts[1]);
    if (parts.size() > 2) route.subresource = parts[2];
    const bool has_object = !route.name.name.empty();
    if (resource.namespaced && has_object && route.name.namespace_.empty()) continue;
    if (!route.subresource.empty() &&
        (route.subresource != "status" || served.kind != Kind::Custom)) {
      continue;
    }
    return route;
  }
  return std::nullopt;
}

FakeApiServer::Reply FakeApiServer::refusal(int status, const std::string& reason,
                                            const std::string& message) {
  return {status, status_object(status, reason, message), {}, {}};
}

FakeApiServer::Reply FakeApiServer::handle(const ApiCall& call) {
  const auto found = route(call.path);
  if (!found) return refusal(404, "NotFound", "the server could not find the requested resource");
  const bool collection = found->name.name.empty();
  if (call.method == "GET") return collection ? list_page(*found, call) : get(*found, call);
  if (call.method == "DELETE" && !collection) return remove(*found, call.body);
  if (!call.body.is_structured()) return refusal(400, "BadRequest", "the body is not JSON");
  if (call.method == "POST" && collection) return post(*found, call.body);
  if (call.method == "PUT" && !collection) return put(*found, call.body);
  if (call.method == "PATCH" && !collection) return patch(*found, call);
  return refusal(405, "MethodNotAllowed",
                 "the server does not allow this method on the requested resource");
}

// --- Reads

bool FakeApiServer::Selection::matches(const Json& object) const {
  const auto metadata = object.at("metadata").get<kube::ObjectMeta>();
  if (!namespace_.empty() && metadata.namespace_ != namespace_) return false;
  for (const auto& [field, value] : fields) {
    if ((field == "name" ? metadata.name : metadata.namespace_) != value) return false;
  }
  return labels.matches(metadata.labels);
}

FakeApiServer::Reply FakeApiServer::conflict(const Route& route, const std::string& why) {
  return refusal(409, "Conflict",
                 "Operation cannot be fulfilled on " +
                     qualified(route.served->resource, route.name.name) + ": " + why);
}

FakeApiServer::Reply FakeApiServer::get(const Route& route, const ApiCall& call) const {
  if (call.accept.find("as=PartialObjectMetadataList") != std::string::npos) {
    return refusal(
        406, "NotAcceptable",
        "you requested PartialObjectMetadataList, but the requested object is not a list");
  }
  const auto object = objects_.find(route.key());
  if (!object) {
    return refusal(404, "NotFound",
                   qualified(route.served->resource, route.name.name) + " not found");
  }
  const bool as_partial = call.accept.find("as=PartialObjectMetadata") != std::string::npos;
  return {200, as_partial ? partial(*object) : *object, {}, {}};
}

FakeApiServer::Reply FakeApiServer::list_page(const Route& route, const ApiCall& call) const {
  const bool as_partial = call.accept.find("as=PartialObjectMetadataList") != std::string::npos;
  if (!as_partial && call.accept.find("as=PartialObjectMetadata") != std::string::npos) {
    return refusal(406, "NotAcceptable",
                   "you requested PartialObjectMetadata, but the requested object is a list");
  }
  const auto fields = parse_field_selector(query_of(call, "fieldSelector"));
  if (!fields) return refusal(400, "BadRequest", "field label not supported");
  const Selection selection{parse_label_selector(query_of(call, "labelSelector")), *fields,
                            route.name.namespace_};
  Version snapshot = objects_.version();
  std::optional<Continuation> from;
  if (const std::string token = query_of(call, "continue"); !token.empty()) {
    from = parse_token(token);
    if (!from) return refusal(400, "BadRequest", "continue key is not valid");
    snapshot = from->version;
    if (!objects_.kept(snapshot)) {
      return refusal(
          410, "Expired",
          "The provided continue parameter is too old to display a consistent list result.");
    }
  }
  const auto limit = static_cast<std::size_t>(parse_version(query_of(call, "limit")).value_or(0));
  const kube::Resource& resource = route.served->resource;
  Json items = Json::array();
  Json metadata = {{"resourceVersion", std::to_string(snapshot)}};
  const ObjectKey* last = nullptr;
  const auto all = objects_.at(resource.path(""), snapshot);
  for (const auto& [key, object] : all) {
    if (from && key.name <= from->last) continue;
    if (!selection.matches(*object)) continue;
    if (limit > 0 && items.size() == limit) {
      metadata["continue"] = make_token(snapshot, *last);
      break;
    }
    items.push_back(as_partial ? partial(*object) : *object);
    // Go's typed lists omit it.
    if (!as_partial && route.served->kind == Kind::BuiltIn) {
      items.back().erase("kind");
      items.back().erase("apiVersion");
    }
    last = &key;
  }
  Json list = {{"kind", as_partial ? "PartialObjectMetadataList" : resource.kind + "List"},
               {"apiVersion", as_partial ? "meta.k8s.io/v1" : resource.api_version()},
               {"metadata", std::move(metadata)},
               {"items", std::move(items)}};
  return {200, std::move(list), {}, {}};
}

// --- Writes

FakeApiServer::Reply FakeApiServer::post(const Route& route, Json object) {
  const auto& [resource, kind] = *route.served;
  object.emplace("apiVersion", resource.api_version());
  object.emplace("kind", resource.kind);
  if (object["apiVersion"] != resource.api_version() || object["kind"] != resource.kind) {
    return refusal(400, "BadRequest",
                   "the object's apiVersion and kind do not match the request's path");
  }
  Json& metadata = object["metadata"];
  std::string name = net::string_member(metadata, "name");
  if (const std::string prefix = net::string_member(metadata, "generateName");
      name.empty() && !prefix.empty()) {
    name = prefix + net::hex(net::random_bytes(3)).substr(0, 5);
  }
  if (name.empty())
    return refusal(422, "Invalid",
                   "metadata.name: Required value: name or generateName is required");
  if (!version_in(object).empty()) {
    return refusal(400, "BadRequest", "resourceVersion should not be set on objects to be created");
  }
  if (resource.namespaced) {
    if (route.name.namespace_.empty())
      return refusal(404, "NotFound", "the server could not find the requested resource");
    if (metadata.value("namespace", route.name.namespace_) != route.name.namespace_) {
      return refusal(
          400, "BadRequest",
          "the namespace of the provided object does not match the namespace sent on the request");
    }
    metadata["namespace"] = route.name.namespace_;
  }
  const ObjectKey key{resource.path(""), {route.name.namespace_, name}};
  if (objects_.find(key))
    return refusal(409, "AlreadyExists", qualified(resource, name) + " already exists");

  metadata["name"] = name;
  metadata["uid"] = net::random_uuid();
  metadata["creationTimestamp"] = net::format_rfc3339(clock_.now());
  metadata.erase("deletionTimestamp");
  metadata.erase("generation");
  drop_empty_collections(metadata);
  if (kind == Kind::Custom) {
    metadata["generation"] = 1;
    object.erase("status");
  }
  encode_string_data(object);
  return {201, *objects_.put(key, std::move(object)), {}, {}};
}

FakeApiServer::Reply FakeApiServer::put(const Route& route, Json object) {
  const auto& [resource, kind] = *route.served;
  const auto live = objects_.find(route.key());
  if (!live) return refusal(404, "NotFound", qualified(resource, route.name.name) + " not found");
  if (version_in(object).empty() && kind == Kind::Custom) {
    return refusal(422, "Invalid",
                   "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update");
  }
  const Json& uid = live->at("metadata").at("uid");
  if (object.value("metadata", Json::object()).value("uid", uid) != uid) {
    return conflict(route,
                    "Precondition failed: UID in precondition differs from the UID in object meta");
  }
  object.emplace("apiVersion", resource.api_version());
  object.emplace("kind", resource.kind);
  return commit(route, *live, std::move(object));
}

FakeApiServer::Reply FakeApiServer::patch(const Route& route, const ApiCall& call) {
  if (call.content_type == "application/apply-patch+yaml") return apply(route, call);
  const auto live = objects_.find(route.key());
  if (!live) {
    return refusal(404, "NotFound",
                   qualified(route.served->resource, route.name.name) + " not found");
  }
  Json next = *live;
  if (call.content_type == "application/merge-patch+json") {
    next.merge_patch(call.body);
  } else if (call.content_type == "application/json-patch+json") {
    try {
      for (const Json& operation : call.body) apply_operation(next, operation);
    } catch (const Json::parse_error& error) {
      return refusal(400, "BadRequest", error.what());
    } catch (const Json::exception&) {
      return refusal(422, "Invalid",
                     "the server rejected our request due to an error in our request");
    }
  } else {
    return refusal(415, "UnsupportedMediaType", "the body of the request was in an unknown format");
  }
  return commit(route, *live, std::move(next));
}

FakeApiServer::Reply FakeApiServer::apply(const Route& route, const ApiCall& call) {
  const std::string manager = query_of(call, "fieldManager");
  if (manager.empty()) {
    return refusal(422, "Invalid", "fieldManager: Required value: is required for apply patch");
  }
  const kube::Resource& resource = route.served->resource;
  const auto live = objects_.find(route.key());
  Json wanted = call.body;
  const std::string uid = net::string_member(wanted.value("metadata", Json::object()), "uid");
  if (!live) {
    if (!route.subresource.empty()) {
      return refusal(404, "NotFound", qualified(resource, route.name.name) + " not found");
    }
    if (!uid.empty()) {
      return conflict(route, "uid mismatch: the provided object specified uid " + uid +
                                 ", and no existing object was found");
    }
    Reply created = post(route, wanted);
    if (created.status == 201) applied_[{created.body["metadata"]["uid"], manager, ""}] = wanted;
    return created;
  }
  Json next = *live;
  Json& previous = applied_[{next["metadata"]["uid"], manager, route.subresource}];
  prune(next, previous, wanted);
  merge(next, wanted);
  Reply reply = commit(route, *live, std::move(next));
  if (reply.status < 300) previous = std::move(wanted);
  return reply;
}

FakeApiServer::Reply FakeApiServer::commit(const Route& route, const Json& live, Json next) {
  const auto& [resource, kind] = *route.served;
  const Json& old = live.at("metadata");
  Json& metadata = next["metadata"];
  if (metadata.value("name", route.name.name) != route.name.name) {
    return refusal(400, "BadRequest", "the name of the object does not match the name on the URL");
  }
  const bool of_status = route.subresource == "status";
  if (!of_status && metadata.value("uid", old.at("uid")) != old.at("uid")) {
    Reply reply = refusal(422, "Invalid", "metadata.uid: Invalid value: field is immutable");
    reply.body["details"]["causes"] = {
        {{"reason", "FieldValueInvalid"}, {"field", "metadata.uid"}}};
    return reply;
  }
  if (const auto version = version_in(next); !version.empty() && version != version_in(live)) {
    return conflict(route,
                    "the object has been modified; please apply your changes to the latest version "
                    "and try again");
  }
  if (of_status) {
    Json status = next.value("status", Json());
    next = live;
    next.erase("status");
    if (!status.is_null()) next["status"] = std::move(status);
  } else {
    for (const char* key : {"name", "namespace", "uid", "resourceVersion", "creationTimestamp",
                            "generation", "deletionTimestamp"}) {
      metadata.erase(key);
      if (old.contains(key)) metadata[key] = old.at(key);
    }
    drop_empty_collections(metadata);
    encode_string_data(next);
    if (kind == Kind::Custom) {
      next.erase("status");
      if (live.contains("status")) next["status"] = live.at("status");
    }
  }
  if (old.contains("deletionTimestamp") && has_new_finalizer(old, next["metadata"])) {
    return refusal(422, "Invalid",
                   "metadata.finalizers: Forbidden: no new finalizers can be added if the object "
                   "is being deleted");
  }
  if (next == live) return {200, live, {}, {}};
  if (kind == Kind::Custom && desired_state(next) != desired_state(live)) {
    next["metadata"]["generation"] = old.at("generation").get<std::int64_t>() + 1;
  }
  const bool last_finalizer_gone =
      old.contains("deletionTimestamp") && !next["metadata"].contains("finalizers");
  if (last_finalizer_gone) return {200, *objects_.erase(route.key()), {}, {}};
  return {200, *objects_.put(route.key(), std::move(next)), {}, {}};
}

FakeApiServer::Reply FakeApiServer::remove(const Route& route, const Json& options) {
  const auto& [resource, kind] = *route.served;
  const auto live = objects_.find(route.key());
  if (!live) return refusal(404, "NotFound", qualified(resource, route.name.name) + " not found");
  Json next = *live;
  Json& metadata = next["metadata"];
  const Json wanted =
      options.is_object() ? options.value("preconditions", Json::object()) : Json::object();
  for (const char* key : {"uid", "resourceVersion"}) {
    if (wanted.contains(key) && wanted[key] != metadata[key]) {
      return conflict(route, std::string("Precondition failed: ") + key +
                                 " in precondition differs from the object's");
    }
  }
  if (!metadata.contains("finalizers")) {
    objects_.erase(route.key());
    return {200, {{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Success"}}, {}, {}};
  }
  if (metadata.contains("deletionTimestamp")) return {200, next, {}, {}};
  metadata["deletionTimestamp"] = net::format_rfc3339(clock_.now());
  if (kind == Kind::Custom) metadata["generation"] = metadata["generation"].get<std::int64_t>() + 1;
  return {200, *objects_.put(route.key(), std::move(next)), {}, {}};
}

// --- Watches

std::variant<FakeApiServer::Watch, FakeApiServer::Reply> FakeApiServer::open_watch(
    const ApiCall& call) const {
  const auto found = route(call.path);
  if (!found) return refusal(404, "NotFound", "the server could not find the requested resource");
  if (!call.is_watch() || !found->name.name.empty()) {
    return refusal(400, "BadRequest", "only a collection's watch=1 is served as a stream");
  }
  if (call.accept.find("as=PartialObjectMetadataList") != std::string::npos) {
    return refusal(
        406, "NotAcceptable",
        "you requested PartialObjectMetadataList, but the requested object is not a list");
  }
  const auto fields = parse_field_selector(query_of(call, "fieldSelector"));
  if (!fields) return refusal(400, "BadRequest", "field label not supported");
  Watch watch{.served = found->served,
              .selection = {parse_label_selector(query_of(call, "labelSelector")), *fields,
                            found->name.namespace_},
              .seen = objects_.version(),
              .bookmarks = query_of(call, "allowWatchBookmarks") == "true",
              .partial = call.accept.find("as=PartialObjectMetadata") != std::string::npos,
              .orders = {}};
  const std::string from = query_of(call, "resourceVersion");
  if (from.empty() || from == "0") {
    watch.initial = true;
    return watch;
  }
  const auto version = parse_version(from);
  if (!version) return refusal(400, "BadRequest", "invalid resource version");
  if (!objects_.kept(*version)) {
    return refusal(410, "Expired", "too old resource version: " + from);
  }
  watch.seen = *version;
  return watch;
}

std::vector<std::string> FakeApiServer::pending_events(Watch& watch) const {
  std::vector<std::string> lines;
  const auto add = [&](const char* type, Json object, Version version) {
    object["metadata"]["resourceVersion"] = std::to_string(version);
    lines.push_back(watch_line(type, watch.partial ? partial(object) : object));
  };
  const std::string collection = watch.served->resource.path("");
  if (std::exchange(watch.initial, false)) {
    for (const auto& [key, object] : objects_.at(collection, watch.seen)) {
      if (watch.selection.matches(*object))
        lines.push_back(watch_line("ADDED", watch.partial ? partial(*object) : *object));
    }
  }
  // For this watch, an object is added when it begins to match, and deleted when it no longer does.
  for (const auto& change : objects_.since(collection, watch.seen)) {
    const bool before = change.before && watch.selection.matches(*change.before);
    const bool after = change.after && watch.selection.matches(*change.after);
    if (after) {
      add(before ? "MODIFIED" : "ADDED", *change.after, change.version);
    } else if (before) {
      add("DELETED", change.after ? *change.after : *change.before, change.version);
    }
    watch.seen = change.version;
  }
  return lines;
}

net::Result<net::HttpResponse> FakeApiServer::run_watch(Watch& watch, const LineHandler& on_line,
                                                        Lock& lock, std::stop_token stop) {
  const auto hand_over = [&](const std::string& line) {
    lock.unlock();
    net::Status status = on_line(line);
    lock.lock();
    return status;
  };
  for (;;) {
    const auto lines = pending_events(watch);
    for (const std::string& line : lines) {
      // The delivered part of the line has no line feed, so the client drops it.
      if (watch.cut) return Error{ErrorCode::Unavailable, "the connection broke within a line"};
      if (auto status = hand_over(line); !status.ok()) return status.error();
    }
    if (!lines.empty()) continue;  // more may have happened meanwhile
    if (watch.orders.empty()) {
      const std::string collection = watch.served->resource.path("");
      const bool awake = changed_.wait(lock, stop, [&] {
        return !watch.orders.empty() || !objects_.since(collection, watch.seen).empty();
      });
      if (!awake) return Error{ErrorCode::Cancelled, "stopped"};
      continue;
    }
    const Order order = watch.orders.front();
    watch.orders.pop_front();
    net::Status status;
    switch (order.kind) {
      case Order::Kind::Line:
        status = hand_over(order.line);
        break;
      case Order::Kind::Bookmark:
        if (watch.bookmarks) {
          const kube::Resource& resource = watch.served->resource;
          watch.seen = objects_.version();
          status = hand_over(watch_line(
              "BOOKMARK", {{"kind", resource.kind},
                           {"apiVersion", resource.api_version()},
                           {"metadata", {{"resourceVersion", std::to_string(watch.seen)}}}}));
        }
        break;
      case Order::Kind::End:
        return net::HttpResponse{200, {}, {}};
      case Order::Kind::Fail:
        return Error{order.code, "the stream broke"};
    }
    if (!status.ok()) return status.error();
  }
}

std::unique_ptr<kube::Client> client_of(std::shared_ptr<FakeApiServer> server, net::Clock& clock) {
  auto client =
      kube::Client::create(cluster_config(), {.http = std::move(server), .clock = &clock});
  if (!client.ok()) throw std::logic_error(client.error().message);
  return std::move(*client);
}

kube::ClusterConfig cluster_config(const std::string& ns) {
  kube::ClusterConfig config;
  config.server = "https://api.example";
  config.namespace_ = ns;
  config.names_namespace = true;
  config.source = "test";
  return config;
}

namespace {

class Connection : public net::HttpClient {
 public:
  explicit Connection(std::shared_ptr<FakeApiServer> server) : server_(std::move(server)) {}
  net::Result<net::HttpResponse> send(const net::HttpRequest& request,
                                      std::stop_token stop) override {
    return server_->send(request, std::move(stop));
  }
  net::Result<net::HttpResponse> stream(const net::HttpRequest& request, const StreamLimits& limits,
                                        const LineHandler& on_line, std::stop_token stop) override {
    return server_->stream(request, limits, on_line, std::move(stop));
  }

 private:
  std::shared_ptr<FakeApiServer> server_;
};

}  // namespace

kube::Client::MakeHttp connections_to(std::shared_ptr<FakeApiServer> server) {
  return [server](const net::HttpClientOptions&) -> net::Result<std::unique_ptr<net::HttpClient>> {
    return std::unique_ptr<net::HttpClient>(std::make_unique<Connection>(server));
  };
}

}  // namespace support
