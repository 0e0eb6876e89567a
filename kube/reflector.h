// The loop that reads one resource: lists and watches it until stopped (client-go's Reflector), as
// its Watcher says, without types. Informer<T> is the typed face.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "kube/client.h"
#include "kube/object_text.h"
#include "kube/reader_state.h"
#include "kube/watcher.h"
#include "net/clock.h"
#include "net/log.h"

namespace kube {

struct InformerOptions {
  std::string namespace_ = {};  // empty: all namespaces
  std::string label_selector = {};
  std::string field_selector = {};  // e.g. metadata.name=…: what RBAC's resourceNames ask for
  // The kept part of the objects' metadata; the rest is dropped before parsing.
  KeptMetadata kept = {};
  int page_size = 500;
  // The reflector requests a larger page once more, with half as many objects; smaller ones make
  // it grow again, to page_size. So the operator decides how much memory a list takes, and not the
  // authors of the objects. On its way an answer is in memory some four times over.
  std::size_t max_page_bytes = std::size_t{4} << 20;
  std::chrono::seconds watch_timeout{290};  // timeoutSeconds; jittered down by up to a sixth
  // A stream without a byte for so long counts as dead (a vanished peer, a forgetful firewall):
  // the API server sends a bookmark about once a minute (apiserver's cacher.go,
  // bookmarkFrequency). Where it does not, the price is another watch from the same version, not
  // another list.
  net::Duration max_silence = std::chrono::seconds{75};
  net::Duration backoff_start =
      std::chrono::milliseconds{800};  // doubling to backoff_limit, with jitter,
  net::Duration backoff_limit =
      std::chrono::seconds{30};  // reset by an event, and by a watch that lived for two minutes
  // The limit if the right is missing (Forbidden) or the resource (NotFound): a person who grants
  // it watches for the effect.
  net::Duration refused_limit = std::chrono::seconds{10};
  // For the person who grants a missing right: its purpose, as the end of a sentence.
  std::string needed_for = {};
  ReflectorMetrics* metrics = nullptr;  // outlives the informer; null: none
};

class Reflector {
 public:
  // How pages and events reach the typed cache. Called on the reflector's thread.
  struct Sink {
    std::function<void(const Json& item)>
        buffer;                  // decodes into the new list; may throw nlohmann's exceptions
    std::function<void()> drop;  // forget the new list
    std::function<void()> swap;  // make it the cache
    std::function<void(const Json& object)> upsert;  // may throw
    std::function<void(const Json& object)> erase;   // by its name alone
    std::function<void()> refused;                   // the API server refuses a list or a watch
  };
  Reflector(Client& client, const Resource& resource, Accept accept, InformerOptions options,
            net::Clock& clock, Sink sink);
  // Blocks until stopped. It leaves out unreadable objects, and lines of a watch that
  // are no events: it counts them, and logs each version once. Nothing else is lost by it.
  void run(std::stop_token stop);
  // From any thread.
  const ReaderState& state() const { return state_; }

 private:
  net::Status list(std::stop_token stop);   // one page
  net::Status watch(std::stop_token stop);  // one stream, to its end
  ApiRequest request_of(const std::string& accept) const;
  net::Status page_failed(const net::Error& error);
  net::Status take_page(std::string_view body);
  void take_item(std::string_view text);
  void swap();
  void fit_page_size(std::size_t bytes);
  net::Status take_event(std::string_view line);
  void upsert(const WatchEvent& event);
  void erase(const Json& object);
  void lose(std::string_view line, const net::Error& error);
  // By namespaced name: the version that was left out.
  using Skipped = std::map<NamespacedName, std::string>;
  void skip(const Json& object, const std::string& why, Skipped& into);
  void answered(const char* verb);
  void back_off(const char* verb, const net::Error& error, std::stop_token stop);
  void say(const char* verb, const net::Error& error);
  net::Duration delay_after(const net::Error& error);
  void recovered();
  Client& client_;
  const Resource& resource_;
  Accept accept_;
  InformerOptions options_;
  net::Clock& clock_;
  Sink sink_;
  Watcher watcher_;
  ReaderState state_;
  int page_size_;
  net::SteadyTime list_began_;
  std::size_t list_bytes_ = 0;
  net::Duration backoff_;
  bool expired_ = false;       // the version was no longer kept, and no event has come since
  Skipped skipped_;            // of what the cache would have
  Skipped skipped_items_;      // of the list that is being read
  std::size_t lost_line_ = 0;  // the hash of the last one
  net::Logger log_;
};

}  // namespace kube
