// The server's lines in the log.
#pragma once

#include <string>

#include "net/clock.h"
#include "net/log.h"
#include "net/mutex.h"
#include "net/server_observer.h"

namespace net {

// Writes a line for each answer: at level debug, but error for a 500 and warn for other 5xx. Those
// are at most kMostLines a second, since anybody who reaches the port can ask for one; the next
// line says how many were left out. Thread-safe.
class RequestLog {
 public:
  static constexpr int kMostLines = 10;

  explicit RequestLog(Clock& clock = system_clock()) : clock_(clock) {}
  // `why`: of a 500; no text of the request's or of an exception's.
  void answered(const AnsweredRequest& request, const std::string& why = {});

 private:
  // Whether a line may be written, and how many were not since the last one.
  bool may_write(int& left_out);

  const Logger log_{"http-server"};
  Clock& clock_;
  Mutex mutex_;
  SteadyTime second_ NET_GUARDED_BY(mutex_){};
  int lines_ NET_GUARDED_BY(mutex_) = 0;
  int left_out_ NET_GUARDED_BY(mutex_) = 0;
};

}  // namespace net
