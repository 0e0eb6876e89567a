#include "kube/reflector.h"

#include <malloc.h>

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
// After a list of so many bytes it is worth giving malloc's free memory back.
constexpr std::size_t kLargeList = std::size_t{4} << 20;

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

Json metadata_of(const Json& object) {
  const auto metadata = object.is_object() ? object.find("metadata") : object.end();
  return metadata == object.end() ? Json::object() : *metadata;
}

NamespacedName key_of(const Json& metadata) {
  return {net::string_member(metadata, "namespace"), net::string_member(metadata, "name")};
}

Error to_error(const WatchEvent& event) {
  const bool gone = event.error_code == 410;
  return Error{gone ? ErrorCode::Gone : ErrorCode::Unavailable,
               "watch ended by an error event: " + event.error_message};
}

// The pieces of a large list lie between what is kept of it, and free() gives only the end of the
// heap back.
void give_memory_back() { malloc_trim(0); }

}  // namespace

Reflector::Reflector(Client& client, const Resource& resource, Accept accept,
                     InformerOptions options, net::Clock& clock, Sink sink)
    : client_(client),
      resource_(resource),
      accept_(std::move(accept)),
      options_(std::move(options)),
      clock_(clock),
      sink_(std::move(sink)),
      state_(clock, options_.metrics, resource.plural, options_.namespace_),
      page_size_(options_.page_size),
      list_began_(clock.steady()),
      backoff_(options_.backoff_start),
      log_(
          net::Logger("reflector")
              .with({{"resource", resource.plural},
                     {"namespace", options_.namespace_.empty() ? "(all)" : options_.namespace_}})) {
}

void Reflector::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const bool listed = watcher_.state() == WatcherState::InitListed;
    const net::Status outcome = listed ? watch(stop) : list(stop);
    if (!outcome.ok() && !stop.stop_requested())
      back_off(listed ? "watch" : "list", outcome.error(), stop);
  }
}

void Reflector::back_off(const char* verb, const Error& error, std::stop_token stop) {
  const net::Duration delay = delay_after(error);
  say(verb, error);
  clock_.sleep(delay, stop);
}

// A missing right is an error that a person has to hear of, once: the retries are the same news.
void Reflector::say(const char* verb, const Error& error) {
  if (is_refusal(error)) {
    if (!state_.refused(verb, error)) return;
    const auto limit = std::chrono::duration_cast<std::chrono::seconds>(options_.refused_limit);
    log_.error(
        "The API server refuses to let this process read these objects. Grant the missing right; "
        "the process retries until then",
        {{"verb", verb},
         {"neededFor", options_.needed_for},
         {"retryWithinSeconds", static_cast<std::int64_t>(limit.count())},
         {"err", error}});
    return sink_.refused();
  }
  // A version that is no longer kept is part of a watch's normal life.
  if (error.code == ErrorCode::Gone) return log_.info("Listing again", {{"err", error}});
  log_.warn("A list or watch failed and is retried", {{"verb", verb}, {"err", error}});
}

void Reflector::answered(const char* verb) {
  if (state_.answered(verb))
    log_.info("The API server lets this process read these objects again", {{"verb", verb}});
}

net::Duration Reflector::delay_after(const Error& error) {
  // An API server that says when to retry is at work, e.g. on its start.
  if (error.retry_after) {
    return std::max<net::Duration>(*error.retry_after, with_jitter(options_.backoff_start));
  }
  // An API server that has just started has no older versions: that is no failure. Where it goes
  // on it is one, since each time costs a whole list.
  if (error.code == ErrorCode::Gone && !std::exchange(expired_, true)) {
    return with_jitter(options_.backoff_start);
  }
  const net::Duration limit = is_refusal(error)
                                  ? std::min(options_.refused_limit, options_.backoff_limit)
                                  : options_.backoff_limit;
  const net::Duration delay = with_jitter(std::min(backoff_, limit));
  backoff_ = std::min(backoff_ * 2, limit);
  return delay;
}

void Reflector::recovered() {
  backoff_ = options_.backoff_start;
  expired_ = false;
}

ApiRequest Reflector::request_of(const std::string& accept) const {
  ApiRequest request;
  request.path = resource_.path(options_.namespace_);
  request.accept = accept;
  const auto select = [&](const char* key, const std::string& value) {
    if (!value.empty()) request.query.emplace_back(key, value);
  };
  select("labelSelector", options_.label_selector);
  select("fieldSelector", options_.field_selector);
  return request;
}

net::Status Reflector::list(std::stop_token stop) {
  if (watcher_.state() == WatcherState::Empty) {
    list_began_ = clock_.steady();
    list_bytes_ = 0;
    skipped_items_.clear();
  }
  ApiRequest request = request_of(accept_.list);
  request.query.emplace_back("limit", std::to_string(page_size_));
  if (!watcher_.continue_token().empty())
    request.query.emplace_back("continue", watcher_.continue_token());
  // One object is taken whatever its size.
  if (page_size_ > 1) request.max_response_bytes = options_.max_page_bytes;
  request.own_connection = true;
  auto body = client_.send(std::move(request), stop);
  if (!body.ok()) return page_failed(body.error());
  answered("list");
  state_.page_read();
  list_bytes_ += body->size();
  fit_page_size(body->size());
  const net::Status taken = take_page(*body);
  net::wipe(*body);
  return taken;
}

net::Status Reflector::page_failed(const Error& error) {
  if (error.code == ErrorCode::TooLarge && page_size_ > 1) {
    page_size_ /= 2;
    return {};  // at once: that is no failure of the API server's
  }
  if (watcher_.list_failed(error) == WatcherAction::DropList) sink_.drop();
  return error;
}

// Twice as many of the size of these must still be far from too large.
void Reflector::fit_page_size(std::size_t bytes) {
  if (bytes < options_.max_page_bytes / 4)
    page_size_ = std::min(page_size_ * 2, options_.page_size);
}

net::Status Reflector::take_page(std::string_view body) {
  const auto metadata = parse_list_metadata(body);
  if (!metadata.ok()) return Error{ErrorCode::Internal, "list: " + metadata.error().message};
  const WatcherAction action = watcher_.page(net::string_member(*metadata, "resourceVersion"),
                                             net::string_member(*metadata, "continue"));
  if (action == WatcherAction::DropList) {
    sink_.drop();
    return Error{ErrorCode::Internal, "list: the API server named no resourceVersion"};
  }
  for (const std::string_view item : items_of(body)) take_item(item);
  if (action == WatcherAction::SwapList) swap();
  return {};
}

void Reflector::take_item(std::string_view text) {
  auto item = parse_object(text, options_.kept);
  if (!item.ok()) {
    const auto identity = parse_object_identity(text);
    return skip(identity.ok() ? *identity : Json(), item.error().message, skipped_items_);
  }
  try {
    sink_.buffer(*item);
  } catch (const Json::exception& exception) {
    skip(*item, exception.what(), skipped_items_);
  }
  wipe(*item);
}

void Reflector::swap() {
  sink_.swap();
  state_.listed(list_began_);
  skipped_ = std::exchange(skipped_items_, {});
  if (list_bytes_ >= kLargeList) give_memory_back();
}

net::Status Reflector::watch(std::stop_token stop) {
  ApiRequest request = request_of(accept_.object);
  request.query.insert(request.query.end(),
                       {{"watch", "1"},
                        {"allowWatchBookmarks", "true"},
                        {"resourceVersion", watcher_.resource_version()},
                        {"timeoutSeconds", std::to_string(watch_seconds(options_.watch_timeout))}});
  net::HttpClient::StreamLimits limits;
  limits.max_silence = options_.max_silence;
  limits.on_headers = [&](int status) {
    if (status < 200 || status > 299) return;
    state_.watch_opened();
    answered("watch");
  };

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
  state_.watch_ended();
  const auto lived = clock_.steady() - began;
  if (lived >= kHealthyAfter) recovered();
  if (watcher_.watch_ended(ended) == WatcherAction::DropList) sink_.drop();
  if (ended.ok() && !heard && lived < kVeryShort) {
    return Error{ErrorCode::Unavailable, "the watch ended at once, without an event"};
  }
  return ended;
}

net::Status Reflector::take_event(std::string_view line) {
  auto event = parse_watch_event(line, options_.kept);
  if (!event.ok()) {
    lose(line, event.error());
    return {};
  }
  const WatcherAction action = watcher_.event(*event);
  if (action == WatcherAction::Upsert) upsert(*event);
  if (action == WatcherAction::Delete) erase(event->object);
  if (action == WatcherAction::DropList) sink_.drop();
  wipe(event->object);
  if (event->type == WatchEvent::Type::Error) return to_error(*event);
  if (watcher_.state() == WatcherState::Empty) {
    return Error{ErrorCode::Gone, "a watched object has no resourceVersion"};
  }
  state_.heard();
  recovered();
  return {};
}

// An object that cannot be read leaves the cache, as it would by a list: two replicas must see the
// same.
void Reflector::upsert(const WatchEvent& event) {
  std::string why = event.unreadable;
  if (why.empty()) {
    try {
      sink_.upsert(event.object);
      if (!skipped_.empty()) skipped_.erase(key_of(metadata_of(event.object)));
      return;
    } catch (const Json::exception& exception) {
      why = exception.what();
    }
  }
  sink_.erase(event.object);
  skip(event.object, why, skipped_);
}

void Reflector::erase(const Json& object) {
  sink_.erase(object);
  if (!skipped_.empty()) skipped_.erase(key_of(metadata_of(object)));
}

// The same line comes again with each stream from the same version, until there is a later one.
void Reflector::lose(std::string_view line, const Error& error) {
  watcher_.line_lost();
  state_.line_lost();
  if (std::exchange(lost_line_, std::hash<std::string_view>{}(line)) == lost_line_) return;
  state_.skipped_object();
  log_.error(
      "A line of a watch cannot be parsed, so it is ignored. The next list brings its change",
      {{"after", watcher_.resource_version()}, {"err", error}});
}

void Reflector::skip(const Json& object, const std::string& why, Skipped& into) {
  const Json metadata = metadata_of(object);
  const NamespacedName key = key_of(metadata);
  const std::string version = net::string_member(metadata, "resourceVersion");
  const auto known = skipped_.find(key);
  const bool is_news = known == skipped_.end() || known->second != version;
  into[key] = version;
  if (!is_news) return;
  state_.skipped_object();
  log_.error("An object cannot be decoded, so it is ignored until it changes",
             {{"object", key.to_string()}, {"resourceVersion", version}, {"err", why}});
}

}  // namespace kube
