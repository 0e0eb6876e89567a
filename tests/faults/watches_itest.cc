// Faults of a watch stream: the real API server's events arrive in pieces, among thousands of
// bookmarks, cut off, too late for the list's version, too large, or not at all.
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "faults/gate.h"
#include "faults/proxied_operator.h"

namespace {

using namespace support;
using Proxy = FaultyProxy;

class Watches : public ProxiedOperator {};

// Pieces of 1 to 97 bytes, and a cut within each character of several bytes.
std::vector<std::string> in_pieces(const std::string& line) {
  std::vector<std::string> pieces(1);
  std::size_t size = 1;
  for (const char byte : line) {
    pieces.back() += byte;
    if (pieces.back().size() < size && static_cast<unsigned char>(byte) < 0xC0) continue;
    pieces.emplace_back();
    size = size % 97 + 8;
  }
  return pieces;
}

TEST_F(Watches, half_a_line_and_half_a_character_are_put_together) {
  tamper([](const std::string& line) {
    EXPECT_NE(line.find("\xF0\x9F\x94\x91"), std::string::npos) << "no character to be cut";
    auto pieces = in_pieces(line);
    injected_ += static_cast<long>(pieces.size());
    return Proxy::Delivery{.pieces = std::move(pieces)};
  });
  edit_through("watch events in pieces, cut within lines and characters", 10000);
}

TEST_F(Watches, a_storm_of_bookmarks_hides_no_event) {
  tamper([lines = 0](const std::string& line) mutable {
    Proxy::Delivery delivery{.pieces = {line}};
    if (++lines % 20 != 0) return delivery;
    const std::string mark =
        bookmark("oauth.integrations.dev/v1alpha1", "Integration", resource_version_of(line));
    std::string storm;
    for (int i = 0; i < 2000; ++i) storm += mark;
    injected_ += 2000;
    delivery.pieces.push_back(std::move(storm));
    return delivery;
  });
  edit_through("bookmarks between watch events", 20000);
}

TEST_F(Watches, a_stream_that_breaks_off_within_a_line_is_watched_on) {
  const long lists = proxy_->count([](const auto& r) { return r.lists("integrations"); });
  tamper([lines = 0](const std::string& line) mutable {
    if (++lines % 20 != 0) return Proxy::Delivery{.pieces = {line}};
    ++injected_;
    return Proxy::Delivery{.pieces = {line.substr(0, line.size() / 2)}, .cut = true};
  });
  edit_through("watch cut off within a line", 6);
  EXPECT_EQ(proxy_->count([](const auto& r) { return r.lists("integrations"); }), lists)
      << "nothing need be listed again";
}

TEST_F(Watches, a_410_as_an_event_and_as_a_status_leads_to_a_new_list) {
  tamper([lines = 0](const std::string& line) mutable {
    if (++lines % 20 != 0) return Proxy::Delivery{.pieces = {line}};
    ++injected_;
    return Proxy::Delivery{.pieces = {line, gone_event()}, .cut = true};
  });
  edit_through("410 Gone as an event of a running watch", 4);

  // Each watch ends after its first event, and the proxy refuses the next one.
  injected_ = 0;
  const auto ended = std::make_shared<std::atomic<bool>>(false);
  proxy_->play([ended](const Proxy::Request& request) -> Proxy::Decision {
    if (!request.watches("integrations") || !ended->exchange(false))
      return tamper_with_watches(request);
    ++injected_;
    return refusal(410, "Expired", "too old resource version: 1 (2)");
  });
  tamper([ended](const std::string& line) {
    *ended = injected_ < 4;
    return Proxy::Delivery{.pieces = {line}, .cut = *ended};
  });
  edit_through("410 Gone as the status of a watch", 4);
}

TEST_F(Watches, a_stream_that_falls_silent_is_given_up) {
  Gate gate;
  FaultyProxy proxy(*kube::load_config(operator_kubeconfig(cluster_)));
  std::atomic<long> silenced = 0;
  proxy.play([&](const Proxy::Request& request) -> Proxy::Decision {
    if (!request.is_watch() || silenced >= 3) return Proxy::Pass{};
    // Each of the first three watches delivers one line, and nothing more.
    return Proxy::Tamper{[&, lines = 0](const std::string& line) mutable {
      if (++lines == 2) {
        ++silenced;
        gate.pass();
        return Proxy::Delivery{.cut = true};
      }
      return Proxy::Delivery{.pieces = {line}};
    }};
  });
  auto client =
      kube::Client::create(*kube::load_config(operator_kubeconfig(cluster_, proxy.url())), {});
  ASSERT_TRUE(client.ok());
  kube::InformerOptions options{.namespace_ = ns_};
  options.max_silence = std::chrono::seconds{1};
  kube::Informer<api::Integration> informer(**client, options);
  std::jthread thread([&](std::stop_token stop) { informer.run(stop); });
  ASSERT_TRUE(informer.wait_synced({}));

  const long before = edits_->taken();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (silenced < 3 && std::chrono::steady_clock::now() < end) edits_->next();
  const long unseen = edits_->await_seen(informer.store(), std::chrono::seconds{60});
  FaultReport::instance().row("watch that falls silent without closing", silenced,
                              edits_->taken() - before, unseen);
  thread.request_stop();
  thread.join();
  gate.open();
}

struct ConfigMap {
  kube::ObjectMeta metadata;
  std::string text;
  static const kube::Resource& resource() {
    static const kube::Resource resource{"", "v1", "configmaps", "ConfigMap", true};
    return resource;
  }
};
void from_json(const kube::Json& json, ConfigMap& map) {
  map.metadata = json.at("metadata").get<kube::ObjectMeta>();
  const auto data = json.find("data");
  if (data != json.end()) map.text = net::string_member(*data, "text");
}
void to_json(kube::Json& json, const ConfigMap& map) {
  json = {{"metadata", map.metadata}, {"data", {{"text", map.text}}}};
}

TEST_F(Watches, events_of_a_megabyte_arrive_whole) {
  constexpr int kEvents = 10;
  constexpr std::size_t kSize = 1'000'000;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> texts;
  kube::Informer<ConfigMap> informer(cluster_.client(), {.namespace_ = ns_});
  informer.on_change([&](const auto& change, bool) {
    if (!change.after || change.after->metadata.name != "large") return;
    const std::lock_guard lock(mutex);
    texts.push_back(change.after->text);
    changed.notify_all();
  });
  std::jthread thread([&](std::stop_token stop) { informer.run(stop); });
  ASSERT_TRUE(informer.wait_synced({}));
  // Characters of three bytes, which do not fit evenly into the pieces.
  const auto text = [](int i) {
    std::string all = std::to_string(i);
    while (all.size() < kSize) all += "€";
    return all;
  };
  ConfigMap map;
  map.metadata.name = "large";
  map.metadata.namespace_ = ns_;
  for (int i = 0; i < kEvents; ++i) {
    map.text = text(i);
    const auto written =
        i == 0 ? cluster_.client().create(map, {}) : cluster_.client().update(map, {});
    ASSERT_TRUE(written.ok()) << written.error().message;
    map.metadata.resource_version = written->metadata.resource_version;
  }
  std::unique_lock lock(mutex);
  changed.wait_for(lock, std::chrono::seconds{30}, [&] { return texts.size() >= kEvents; });
  long lost = 0;
  for (int i = 0; i < kEvents; ++i)
    if (std::ranges::find(texts, text(i)) == texts.end()) ++lost;
  FaultReport::instance().row("watch events of 1 MB", kEvents, kEvents, lost);
}

}  // namespace
