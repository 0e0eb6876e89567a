#include "kube/events.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <optional>
#include <set>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

#include "kube/event_queue.h"
#include "kube/lru.h"
#include "kube/metrics.h"
#include "net/crypto.h"
#include "net/log.h"
#include "net/mutex.h"
#include "net/time_format.h"

namespace kube {
namespace {

constexpr std::size_t kMaxPending = 1000;
constexpr std::size_t kMaxRemembered =
    4096;  // series, objects, namespaces (client-go: maxLruCacheEntries)
constexpr std::size_t kMaxNoteBytes = 1024;  // the limits of events.k8s.io/v1
constexpr std::size_t kMaxInstanceBytes = 128;
constexpr std::size_t kMaxNameBytes = 253;
constexpr net::Duration kSeriesEnds = std::chrono::minutes{10};
constexpr net::Duration kBetweenPatches = std::chrono::seconds{30};
constexpr net::Duration kBetweenWarnings = std::chrono::minutes{1};

// How many events there may be: `burst` at once, and one more each `refill`.
struct Allowance {
  double burst;
  net::Duration refill;
};
constexpr Allowance kPerObject{25, std::chrono::minutes{5}};  // client-go's defaultSpamBurst, -QPS
constexpr Allowance kPerNamespace{500, std::chrono::seconds{1}};

class TokenBucket {
 public:
  TokenBucket(Allowance allowance, net::SteadyTime now)
      : allowance_(allowance), tokens_(allowance.burst), since_(now) {}
  bool has_one(net::SteadyTime now) {
    const std::chrono::duration<double> passed = now - since_;
    const std::chrono::duration<double> refill = allowance_.refill;
    tokens_ = std::min(allowance_.burst, tokens_ + passed / refill);
    since_ = now;
    return tokens_ >= 1;
  }
  void take() { tokens_ -= 1; }

 private:
  Allowance allowance_;
  double tokens_;
  net::SteadyTime since_;
};

struct Event {
  ObjectMeta metadata;
  Json fields;  // besides metadata
  static const Resource& resource() {
    static const Resource events{"events.k8s.io", "v1", "events", "Event", true};
    return events;
  }
};

void to_json(Json& json, const Event& event) {
  json = event.fields;
  json["metadata"] = event.metadata;
}

void from_json(const Json& json, Event& event) { json.at("metadata").get_to(event.metadata); }

// One event, before it is counted together with others like it.
struct Occurrence {
  ObjectReference about;
  EventType type = EventType::Normal;
  std::string reason;
  std::string action;
  std::string note;
  std::string series_key;
  net::SystemTime time;
};

std::string object_of(const ObjectReference& about) {
  std::string text;
  for (const std::string* part : {&about.namespace_, &about.kind, &about.name, &about.uid})
    text.append(*part).push_back('\0');
  return text;
}

// By which occurrences are the same event: a hash, since keys can be long and there are many.
using Identity = std::string;

Identity identity_of(const Occurrence& o) {
  std::string text = object_of(o.about);
  text.append(o.type == EventType::Normal ? "Normal" : "Warning").push_back('\0');
  text.append(o.reason).push_back('\0');
  return net::sha256(text + o.series_key);
}

// An Event object that was written, and what happened since.
struct Series {
  NamespacedName event;
  int count = 1;
  int written = 1;  // of them
  net::SystemTime last_time;
  net::SteadyTime last_seen;
  net::SteadyTime last_write;

  net::SteadyTime due() const { return last_write + kBetweenPatches; }
};

struct NamespaceState {
  TokenBucket allowance;
  std::optional<net::ErrorCode> failing;  // how the last write of an event failed
};

// The object's name and what makes the event's unique.
std::string event_name(const std::string& object) {
  const std::string suffix = "." + net::hex(net::random_bytes(8));
  std::string name = object.substr(0, kMaxNameBytes - suffix.size());
  while (!name.empty() && (name.back() == '.' || name.back() == '-')) name.pop_back();
  return name + suffix;
}

Json to_json(const ObjectReference& about) {
  Json json = Json::object();
  const auto set = [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  set("apiVersion", about.api_version);
  set("kind", about.kind);
  set("namespace", about.namespace_);
  set("name", about.name);
  set("uid", about.uid);
  set("resourceVersion", about.resource_version);
  return json;
}

Event make_event(const Occurrence& o, const std::string& controller, const std::string& instance) {
  Event event;
  event.metadata.name = event_name(o.about.name);
  event.metadata.namespace_ = o.about.namespace_.empty() ? "default" : o.about.namespace_;
  event.fields = {{"eventTime", net::format_rfc3339_micro(o.time)},
                  {"reportingController", controller},
                  {"reportingInstance", instance},
                  {"type", o.type == EventType::Normal ? "Normal" : "Warning"},
                  {"reason", o.reason},
                  {"action", o.action},
                  {"note", o.note},
                  {"regarding", to_json(o.about)}};
  return event;
}

}  // namespace

struct EventRecorder::Impl {
  Impl(Client& to, std::string controller, std::string instance, net::Clock& time,
       EventMetrics* counts)
      : client(to),
        reporting_controller(std::move(controller)),
        reporting_instance(cut_text(std::move(instance), kMaxInstanceBytes)),
        clock(time),
        metrics(counts),
        writer([this](std::stop_token stop) { run(stop); }) {}

  void run(std::stop_token stop);
  std::optional<Occurrence> next(std::stop_token stop);
  void record(const Occurrence& occurrence, std::stop_token stop);
  bool admit(const Occurrence& occurrence);
  NamespaceState& state_of(const std::string& ns);
  void create(const Occurrence& occurrence, const Identity& identity, std::stop_token stop);
  void created(const std::string& ns);
  void failed(const Occurrence& occurrence, const net::Error& error, bool stopped);
  void patch_due(std::stop_token stop);
  void end_oldest_series(std::stop_token stop);
  bool patch(Series& one, std::stop_token stop);
  void dropped(EventDrop why, int count = 1) const {
    if (metrics != nullptr) metrics->dropped(why, count);
  }
  bool may_warn(net::SteadyTime& last) const;

  Client& client;
  const std::string reporting_controller;
  const std::string reporting_instance;
  net::Clock& clock;
  EventMetrics* const metrics;
  const net::Logger log{"events"};

  net::Mutex mutex;
  std::condition_variable_any changed;
  EventQueue<Occurrence> pending NET_GUARDED_BY(mutex){kMaxPending};
  std::uint64_t recorded NET_GUARDED_BY(mutex) = 0;
  std::uint64_t handled NET_GUARDED_BY(mutex) = 0;
  net::SteadyTime overflow_warned NET_GUARDED_BY(mutex) = net::SteadyTime::min();

  // The writer's own.
  LruMap<Identity, Series> series{kMaxRemembered};     // the one seen last is the one used last
  std::set<std::pair<net::SteadyTime, Identity>> due;  // the series with something to write
  LruMap<std::string, TokenBucket> objects{kMaxRemembered};
  LruMap<std::string, NamespaceState> namespaces{kMaxRemembered};
  net::SteadyTime limit_warned = net::SteadyTime::min();
  net::SteadyTime failure_warned = net::SteadyTime::min();
  std::jthread writer;  // last: it uses all of the above
};

// At most one line of a kind in a minute.
bool EventRecorder::Impl::may_warn(net::SteadyTime& last) const {
  const net::SteadyTime now = clock.steady();
  if (last != net::SteadyTime::min() && now - last < kBetweenWarnings) return false;
  last = now;
  return true;
}

void EventRecorder::Impl::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const auto occurrence = next(stop);
    if (occurrence) record(*occurrence, stop);
    patch_due(stop);
    if (!occurrence) continue;
    {
      const net::MutexLock lock(mutex);
      ++handled;
    }
    changed.notify_all();
  }
}

// Waits for the next occurrence, or until a patch is due: then nothing.
std::optional<Occurrence> EventRecorder::Impl::next(std::stop_token stop) {
  const net::SteadyTime deadline = due.empty() ? net::SteadyTime::max() : due.begin()->first;
  net::MutexLock lock(mutex);
  if (!clock.wait_until(lock, changed, stop, deadline,
                        [this]() NET_REQUIRES(mutex) { return !pending.empty(); })) {
    return std::nullopt;
  }
  return pending.pop();
}

void EventRecorder::Impl::record(const Occurrence& occurrence, std::stop_token stop) {
  const net::SteadyTime now = clock.steady();
  while (!series.empty() && now - series.oldest().second.last_seen > kSeriesEnds)
    end_oldest_series(stop);
  const Identity identity = identity_of(occurrence);
  if (Series* known = series.use(identity)) {
    if (known->count == known->written) due.insert({known->due(), identity});
    ++known->count;
    known->last_time = occurrence.time;
    known->last_seen = now;
    return;
  }
  if (admit(occurrence)) return create(occurrence, identity, stop);
  dropped(EventDrop::RateLimited);
  if (may_warn(limit_warned))
    log.warn("Events are dropped: there are too many new ones for one object or namespace",
             {{"namespace", occurrence.about.namespace_},
              {"kind", occurrence.about.kind},
              {"name", occurrence.about.name}});
}

// An object that has used up its allowance takes nothing of its namespace's.
bool EventRecorder::Impl::admit(const Occurrence& occurrence) {
  const net::SteadyTime now = clock.steady();
  const std::string object = object_of(occurrence.about);
  TokenBucket* of_object = objects.use(object);
  if (of_object == nullptr) of_object = &objects.add(object, TokenBucket(kPerObject, now));
  TokenBucket& of_namespace = state_of(occurrence.about.namespace_).allowance;
  if (!of_object->has_one(now) || !of_namespace.has_one(now)) return false;
  of_object->take();
  of_namespace.take();
  return true;
}

NamespaceState& EventRecorder::Impl::state_of(const std::string& ns) {
  if (NamespaceState* known = namespaces.use(ns)) return *known;
  return namespaces.add(ns, {TokenBucket(kPerNamespace, clock.steady()), std::nullopt});
}

void EventRecorder::Impl::create(const Occurrence& occurrence, const Identity& identity,
                                 std::stop_token stop) {
  const Event event = make_event(occurrence, reporting_controller, reporting_instance);
  const auto answer = client.create(event, stop);
  if (!answer.ok()) return failed(occurrence, answer.error(), stop.stop_requested());
  created(occurrence.about.namespace_);
  if (series.full()) end_oldest_series(stop);
  const net::SteadyTime now = clock.steady();
  series.add(identity, {.event = event.metadata.key(),
                        .last_time = occurrence.time,
                        .last_seen = now,
                        .last_write = now});
}

void EventRecorder::Impl::created(const std::string& ns) {
  if (std::exchange(state_of(ns).failing, std::nullopt))
    log.info("Events are written again", {{"namespace", ns}});
}

// A line where it begins or turns, not one for each event.
void EventRecorder::Impl::failed(const Occurrence& occurrence, const net::Error& error,
                                 bool stopped) {
  if (stopped || error.code == net::ErrorCode::Cancelled) return dropped(EventDrop::Stopped);
  dropped(EventDrop::WriteFailed);
  NamespaceState& state = state_of(occurrence.about.namespace_);
  if (std::exchange(state.failing, error.code) == error.code || !may_warn(failure_warned)) return;
  log.warn("Events are not written; reconciling goes on without them",
           {{"namespace", occurrence.about.namespace_},
            {"name", occurrence.about.name},
            {"reason", occurrence.reason},
            {"err", error}});
}

void EventRecorder::Impl::patch_due(std::stop_token stop) {
  while (!due.empty() && due.begin()->first <= clock.steady()) {
    const Identity identity = due.begin()->second;
    due.erase(due.begin());
    if (!patch(*series.find(identity), stop)) series.remove(identity);
  }
}

void EventRecorder::Impl::end_oldest_series(std::stop_token stop) {
  auto& [identity, one] = series.oldest();
  if (one.count != one.written) {
    due.erase({one.due(), identity});
    patch(one, stop);
  }
  series.remove(Identity{identity});
}

// False where the Event cannot be added to, e.g. because it expired: the next occurrence begins
// another.
bool EventRecorder::Impl::patch(Series& one, std::stop_token stop) {
  const Json value = {{"count", one.count},
                      {"lastObservedTime", net::format_rfc3339_micro(one.last_time)}};
  const auto patched = client.json_patch<Event>(one.event, {{"add", "/series", value}}, stop);
  if (!patched.ok()) {
    const bool stopped = stop.stop_requested() || patched.error().code == net::ErrorCode::Cancelled;
    dropped(stopped ? EventDrop::Stopped : EventDrop::WriteFailed, one.count - one.written);
    if (!stopped && patched.error().code != net::ErrorCode::NotFound && may_warn(failure_warned))
      log.warn("A series of events was not written",
               {{"event", one.event.to_string()}, {"err", patched.error()}});
    return false;
  }
  one.written = one.count;
  one.last_write = clock.steady();
  return true;
}

EventRecorder::EventRecorder(Client& client, std::string reporting_controller,
                             std::string reporting_instance, net::Clock& clock,
                             EventMetrics* metrics)
    : impl_(std::make_unique<Impl>(client, std::move(reporting_controller),
                                   std::move(reporting_instance), clock, metrics)) {}

EventRecorder::~EventRecorder() {
  impl_->writer.request_stop();
  impl_->writer.join();
  int left = static_cast<int>(impl_->pending.size());
  for (const auto& [time, identity] : impl_->due) {
    const Series* one = impl_->series.find(identity);
    left += one->count - one->written;
  }
  impl_->dropped(EventDrop::Stopped, left);
}

void EventRecorder::event(const ObjectReference& about, EventType type, const std::string& reason,
                          const std::string& action, const std::string& note,
                          const std::string& series_key) {
  std::optional<std::string> loser;
  bool warn = false;
  {
    const net::MutexLock lock(impl_->mutex);
    ++impl_->recorded;
    loser = impl_->pending.push(
        about.namespace_, {about, type, reason, action, cut_text(note, kMaxNoteBytes), series_key,
                           impl_->clock.now()});
    if (loser) {
      ++impl_->handled;
      warn = impl_->may_warn(impl_->overflow_warned);
    }
  }
  impl_->changed.notify_all();
  if (!loser) return;
  impl_->dropped(EventDrop::QueueFull);
  if (warn)
    impl_->log.warn("Events are dropped: they come faster than the API server takes them",
                    {{"namespace", *loser}});
}

void EventRecorder::flush(net::Duration limit) {
  net::MutexLock lock(impl_->mutex);
  const std::uint64_t until = impl_->recorded;
  impl_->clock.wait_until(lock, impl_->changed, {}, impl_->clock.steady() + limit,
                          [&]() NET_REQUIRES(impl_->mutex) { return impl_->handled >= until; });
}

}  // namespace kube
