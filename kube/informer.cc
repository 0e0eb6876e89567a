#include "kube/informer.h"

#include <algorithm>
#include <random>
#include <utility>

#include "net/secret_string.h"

namespace kube {
namespace {

using net::Error;
using net::ErrorCode;

// A watch that lived for so long was healthy, whatever ended it.
constexpr net::Duration kHealthyAfter = std::chrono::minutes{2};
// One that ended sooner without an event is no better than a refused one (client-go's "very short
// watch").
constexpr net::Duration kVeryShort = std::chrono::seconds{1};

// Uniform in [from, to]: many replicas must not come back at the same instant.
double random_between(double from, double to) {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>{from, to}(generator);
}

net::Duration with_jitter(net::Duration duration) {
  return std::chrono::duration_cast<net::Duration>(duration * random_between(0.5, 1.0));
}

std::int64_t watch_seconds(std::chrono::seconds timeout) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(timeout.count()) *
                                                             random_between(5.0 / 6, 1)));
}

std::string name_of(const Json& object) {
  const auto metadata = object.is_object() ? object.find("metadata") : object.end();
  if (metadata == object.end()) return "(no metadata)";
  return NamespacedName{net::string_member(*metadata, "namespace"),
                        net::string_member(*metadata, "name")}
      .to_string();
}

Error to_error(const WatchEvent& event) {
  const bool gone = event.error_code == 410;
  return Error{gone ? ErrorCode::Gone : ErrorCode::Unavailable,
               "watch ended by an error event: " + event.error_message};
}

}  // namespace

Reflector::Reflector(Client& client, const Resource& resource, Accept accept,
                     InformerOptions options, net::Clock& clock, Sink sink)
    : client_(client),
      resource_(resource),
      accept_(std::move(accept)),
      options_(std::move(options)),
      clock_(clock),
      sink_(std::move(sink)),
      backoff_(options_.backoff_start),
      log_(net::Logger("reflector").with({{"resource", resource.plural}})) {}

void Reflector::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const bool listed = watcher_.state() == WatcherState::InitListed;
    const net::Status outcome = listed ? watch(stop) : list(stop);
    if (!outcome.ok() && !stop.stop_requested()) back_off(outcome.error(), stop);
  }
}

void Reflector::back_off(const Error& error, std::stop_token stop) {
  const net::Duration delay = delay_after(error);
  // A version that is no longer kept is part of a watch's normal life.
  if (error.code == ErrorCode::Gone) {
    log_.info("Listing again", {{"err", error}});
  } else {
    log_.warn("List or watch failed; trying again", {{"err", error}});
  }
  clock_.sleep(delay, stop);
}

net::Duration Reflector::delay_after(const Error& error) {
  // An API server that says when it wants to be asked again is at work, e.g. on its start.
  if (error.retry_after) {
    return std::max<net::Duration>(*error.retry_after, with_jitter(options_.backoff_start));
  }
  // Nor does one fail that keeps no older versions than it had when it was started, unless it goes
  // on like that: each time costs a whole list.
  if (error.code == ErrorCode::Gone && !std::exchange(expired_, true)) {
    return with_jitter(options_.backoff_start);
  }
  const net::Duration delay = with_jitter(backoff_);
  backoff_ = std::min(backoff_ * 2, options_.backoff_limit);
  return delay;
}

void Reflector::recovered() {
  backoff_ = options_.backoff_start;
  expired_ = false;
}

net::Status Reflector::list(std::stop_token stop) {
  ApiRequest request;
  request.path = resource_.path(options_.namespace_);
  request.accept = accept_.list;
  request.query = {{"limit", std::to_string(options_.page_size)}};
  select(request);
  if (!watcher_.continue_token().empty()) {
    request.query.emplace_back("continue", watcher_.continue_token());
  }
  auto body = client_.send(std::move(request), stop);
  if (!body.ok()) {
    // Objects can be made to be large; a smaller page is then the only way to have them at all.
    if (body.error().code == net::ErrorCode::TooLarge && options_.page_size > 1)
      options_.page_size /= 2;
    act(watcher_.list_failed(body.error()), nullptr);
    return body.error();
  }
  auto page = net::parse_json(*body);
  net::wipe(*body);
  if (!page.ok()) return Error{ErrorCode::Internal, "list: " + page.error().message};
  const net::Status status = take_page(*page);
  wipe(*page);
  return status;
}

void Reflector::select(ApiRequest& request) const {
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) request.query.emplace_back(key, value);
  };
  add("labelSelector", options_.label_selector);
  add("fieldSelector", options_.field_selector);
}

net::Status Reflector::take_page(const Json& page) {
  const Json metadata = page.is_object() ? page.value("metadata", Json::object()) : Json::object();
  const WatcherAction action = watcher_.page(net::string_member(metadata, "resourceVersion"),
                                             net::string_member(metadata, "continue"));
  if (action == WatcherAction::DropList) {
    sink_.drop();
    return Error{ErrorCode::Internal, "list: the API server named no resourceVersion"};
  }
  if (const auto items = page.find("items"); items != page.end() && items->is_array()) {
    for (const Json& item : *items) take(item, sink_.buffer);
  }
  if (action == WatcherAction::SwapList) sink_.swap();
  return {};
}

net::Status Reflector::watch(std::stop_token stop) {
  ApiRequest request;
  request.path = resource_.path(options_.namespace_);
  request.accept = accept_.object;
  request.query = {{"watch", "1"},
                   {"allowWatchBookmarks", "true"},
                   {"resourceVersion", watcher_.resource_version()},
                   {"timeoutSeconds", std::to_string(watch_seconds(options_.watch_timeout))}};
  select(request);
  net::HttpClient::StreamLimits limits;
  limits.max_silence = options_.max_silence;

  watcher_.watch_started();
  const auto began = clock_.steady();
  bool heard = false;
  net::Status ended = client_.stream(
      std::move(request), limits,
      [&](std::string_view line) {
        heard = true;
        return take_event(line);
      },
      stop);
  const auto lived = clock_.steady() - began;
  if (lived >= kHealthyAfter) recovered();
  act(watcher_.watch_ended(ended), nullptr);
  if (ended.ok() && !heard && lived < kVeryShort) {
    return Error{ErrorCode::Unavailable, "the watch ended at once, without an event"};
  }
  return ended;
}

net::Status Reflector::take_event(std::string_view line) {
  auto event = parse_watch_event(line);
  if (!event.ok()) return event.error();
  act(watcher_.event(*event), &event->object);
  wipe(event->object);
  if (event->type == WatchEvent::Type::Error) return to_error(*event);
  if (watcher_.state() != WatcherState::Watching) {
    return Error{ErrorCode::Gone, "a watched object has no resourceVersion"};
  }
  recovered();
  return {};
}

void Reflector::act(WatcherAction action, const Json* object) {
  switch (action) {
    case WatcherAction::Upsert:
      return take(*object, sink_.upsert);
    case WatcherAction::Delete:
      return take(*object, sink_.erase);
    case WatcherAction::DropList:
      return sink_.drop();
    default:
      return;
  }
}

void Reflector::take(const Json& object, const std::function<void(const Json&)>& consume) {
  try {
    consume(object);
  } catch (const Json::exception& exception) {
    log_.error("An object does not decode and is left out",
               {{"object", name_of(object)}, {"err", exception.what()}});
  }
}

}  // namespace kube
