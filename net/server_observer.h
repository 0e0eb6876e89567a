// The events of a server, for metrics and logs.
#pragma once

#include <string>

#include "net/clock.h"

namespace net {

// A request that was answered, as far as a log and metrics may show it: without path, query,
// fields and body, which hold codes, states and cookies.
struct AnsweredRequest {
  std::string method;  // one of RFC 9110 9 and PATCH, else "other"; empty where none could be read
  std::string route;   // HttpServerOptions::route_of; empty where there is none
  int status = 0;
  Duration took{0};  // from the last byte of the request to the answer's first
};

// Why a server closed a connection that had done no wrong.
enum class Eviction {
  Idle,    // for a new one: it waited between requests
  Slow,    // for a new one: its request was incomplete, or its answer waited to be read
  Stream,  // for a new one: nothing but streams was left
  Unread,  // the answers that wait to be read had become too large
};

// Called on the server's own thread: implementations must not wait. They outlive the server.
class HttpServerObserver {
 public:
  virtual ~HttpServerObserver() = default;
  virtual void began() {}  // a request has been read
  virtual void ended() {}  // it has been answered, or its connection is gone
  virtual void answered(const AnsweredRequest& /*request*/) {}
  virtual void connections(std::size_t /*open*/) {}
  virtual void streams(std::size_t /*open*/) {}
  virtual void evicted(Eviction /*why*/) {}
};

}  // namespace net
