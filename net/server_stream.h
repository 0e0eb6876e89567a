// The body of an answer that is produced over time.
//
//   auto stream = std::make_shared<net::ServerStream>();
//   changes.subscribe(stream);  // writes to it from any thread, until write() returns false
//   return net::event_stream(stream);
//
// Guarantees (tests/unit/net/server_stream_test.cc):
// - A stream waits without a thread.
// - It holds at most max_buffered_bytes for its client, and as many that are being
//   sent. One more ends it: a client that reads too slowly loses its connection, and nobody waits.
// - It ends when its client goes away, when the lifetime is over, when the server stops, and when
//   end() is called. After the last three the client gets all that was written before.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "net/clock.h"
#include "net/mutex.h"

namespace net {

struct ServerStreamOptions {
  std::size_t max_buffered_bytes = 64 << 10;
  Duration lifetime = std::chrono::minutes{10};  // from its first byte
  // Sent where nothing else was for that long: proxies keep the connection, and the server notices
  // a client that is gone. By default a comment of server-sent events.
  Duration heartbeat_interval = std::chrono::seconds{15};
  std::string heartbeat = ":\n\n";
};

// Thread-safe. It may outlive the server.
class ServerStream {
 public:
  explicit ServerStream(ServerStreamOptions options = {}) : options_(std::move(options)) {}

  // Appends to what the client gets. Returns false where the stream has ended, or ends because too
  // much waits: `bytes` are dropped, and its writer is done.
  bool write(std::string_view bytes);
  // Ends the body after what was written.
  void end();
  // Stopped when the stream has ended. Callbacks run on the thread that ends it, which may be the
  // server's own: they must not wait.
  std::stop_token ended() const { return ended_.get_token(); }
  const ServerStreamOptions& options() const { return options_; }

  // The rest is for the server.

  struct Taken {
    std::string bytes;
    bool ended = false;    // nothing follows
    bool overrun = false;  // more was written than may wait
  };
  // Has `on_written` called, by the writing thread, when take() has something to return.
  void attach(std::function<void()> on_written);
  // on_written is not called after it returns; the stream has ended.
  void detach();
  Taken take();

 private:
  const ServerStreamOptions options_;
  std::stop_source ended_;
  mutable Mutex mutex_;
  std::string waiting_ NET_GUARDED_BY(mutex_);
  bool closed_ NET_GUARDED_BY(mutex_) = false;
  bool overrun_ NET_GUARDED_BY(mutex_) = false;
  std::function<void()> on_written_ NET_GUARDED_BY(mutex_);
};

}  // namespace net
