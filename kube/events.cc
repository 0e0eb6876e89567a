#include "kube/events.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>

#include "net/crypto.h"
#include "net/log.h"
#include "net/time_format.h"

namespace kube {
namespace {

constexpr std::size_t kMaxPending = 1000;
constexpr std::size_t kMaxNoteBytes = 1024;  // the limits of events.k8s.io/v1
constexpr std::size_t kMaxInstanceBytes = 128;
constexpr std::size_t kMaxNameBytes = 253;
constexpr net::Duration kSeriesEnds = std::chrono::minutes{10};
constexpr net::Duration kBetweenPatches = std::chrono::seconds{30};

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

// What happened once.
struct Occurrence {
  ObjectReference about;
  EventType type = EventType::Normal;
  std::string reason;
  std::string action;
  std::string note;
  net::SystemTime time;
};

// By which occurrences are the same event.
using Identity =
    std::tuple<std::string /*namespace*/, std::string /*kind*/, std::string /*name*/,
               std::string /*uid*/, EventType, std::string /*reason*/, std::string /*note*/>;

Identity identity_of(const Occurrence& o) {
  return {o.about.namespace_, o.about.kind, o.about.name, o.about.uid, o.type, o.reason, o.note};
}

// An Event object that was written, and what happened since.
struct Series {
  NamespacedName event;
  int count = 1;
  net::SystemTime last_time;
  net::SteadyTime last_seen;
  net::SteadyTime last_write;
  bool unwritten = false;
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
  Impl(Client& to, std::string controller, std::string instance, net::Clock& time)
      : client(to),
        reporting_controller(std::move(controller)),
        reporting_instance(cut_text(std::move(instance), kMaxInstanceBytes)),
        clock(time),
        writer([this](std::stop_token stop) { run(stop); }) {}

  void run(std::stop_token stop);
  std::optional<Occurrence> next(std::stop_token stop);
  void record(const Occurrence& occurrence, std::stop_token stop);
  void create(const Occurrence& occurrence, std::stop_token stop);
  void patch_due(std::stop_token stop);
  bool patch(Series& one, std::stop_token stop);
  net::SteadyTime next_patch() const;

  Client& client;
  const std::string reporting_controller;
  const std::string reporting_instance;
  net::Clock& clock;
  const net::Logger log{"events"};

  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<Occurrence> pending;  // guarded by mutex
  std::uint64_t recorded = 0;      // guarded by mutex
  std::uint64_t handled = 0;       // guarded by mutex

  std::map<Identity, Series> series;  // the writer's own
  std::jthread writer;                // last: it uses all of the above
};

void EventRecorder::Impl::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const auto occurrence = next(stop);
    if (occurrence) record(*occurrence, stop);
    patch_due(stop);
    if (!occurrence) continue;
    {
      const std::lock_guard lock(mutex);
      ++handled;
    }
    changed.notify_all();
  }
}

// Waits for the next occurrence, or until a patch is due: then nothing.
std::optional<Occurrence> EventRecorder::Impl::next(std::stop_token stop) {
  const net::SteadyTime deadline = next_patch();
  std::unique_lock lock(mutex);
  if (!clock.wait_until(lock, changed, stop, deadline, [this] { return !pending.empty(); })) {
    return std::nullopt;
  }
  Occurrence first = std::move(pending.front());
  pending.pop_front();
  return first;
}

void EventRecorder::Impl::record(const Occurrence& occurrence, std::stop_token stop) {
  const net::SteadyTime now = clock.steady();
  std::erase_if(series, [&](const auto& entry) {
    return !entry.second.unwritten && now - entry.second.last_seen > kSeriesEnds;
  });
  const auto known = series.find(identity_of(occurrence));
  if (known == series.end()) return create(occurrence, stop);
  Series& one = known->second;
  ++one.count;
  one.last_time = occurrence.time;
  one.last_seen = now;
  one.unwritten = true;
}

void EventRecorder::Impl::create(const Occurrence& occurrence, std::stop_token stop) {
  const Event event = make_event(occurrence, reporting_controller, reporting_instance);
  const auto created = client.create(event, stop);
  if (!created.ok()) {
    if (stop.stop_requested()) return;
    log.warn("An event was not written", {{"reason", occurrence.reason},
                                          {"namespace", occurrence.about.namespace_},
                                          {"name", occurrence.about.name},
                                          {"err", created.error()}});
    return;
  }
  const net::SteadyTime now = clock.steady();
  series[identity_of(occurrence)] = {.event = event.metadata.key(),
                                     .last_time = occurrence.time,
                                     .last_seen = now,
                                     .last_write = now};
}

net::SteadyTime EventRecorder::Impl::next_patch() const {
  net::SteadyTime next = net::SteadyTime::max();
  for (const auto& [identity, one] : series) {
    if (one.unwritten) next = std::min(next, one.last_write + kBetweenPatches);
  }
  return next;
}

void EventRecorder::Impl::patch_due(std::stop_token stop) {
  const net::SteadyTime now = clock.steady();
  for (auto it = series.begin(); it != series.end();) {
    Series& one = it->second;
    const bool due = one.unwritten && one.last_write + kBetweenPatches <= now;
    it = due && !patch(one, stop) ? series.erase(it) : std::next(it);
  }
}

// False where the Event cannot be added to, e.g. because it expired: the next occurrence begins
// another.
bool EventRecorder::Impl::patch(Series& one, std::stop_token stop) {
  const Json value = {{"count", one.count},
                      {"lastObservedTime", net::format_rfc3339_micro(one.last_time)}};
  const auto patched = client.json_patch<Event>(one.event, {{"add", "/series", value}}, stop);
  if (!patched.ok()) {
    log.warn("A series of events was not written",
             {{"event", one.event.to_string()}, {"err", patched.error()}});
    return false;
  }
  one.unwritten = false;
  one.last_write = clock.steady();
  return true;
}

EventRecorder::EventRecorder(Client& client, std::string reporting_controller,
                             std::string reporting_instance, net::Clock& clock)
    : impl_(std::make_unique<Impl>(client, std::move(reporting_controller),
                                   std::move(reporting_instance), clock)) {}

EventRecorder::~EventRecorder() = default;

void EventRecorder::event(const ObjectReference& about, EventType type, const std::string& reason,
                          const std::string& action, const std::string& note) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->pending.size() >= kMaxPending) return;
    impl_->pending.push_back(
        {about, type, reason, action, cut_text(note, kMaxNoteBytes), impl_->clock.now()});
    ++impl_->recorded;
  }
  impl_->changed.notify_all();
}

void EventRecorder::flush(net::Duration limit) {
  std::unique_lock lock(impl_->mutex);
  const std::uint64_t until = impl_->recorded;
  impl_->clock.wait_until(lock, impl_->changed, {}, impl_->clock.steady() + limit,
                          [&] { return impl_->handled >= until; });
}

}  // namespace kube
