#include "net/request_log.h"

#include <chrono>
#include <utility>

namespace net {

bool RequestLog::may_write(int& left_out) {
  const MutexLock lock(mutex_);
  const SteadyTime now = clock_.steady();
  if (now - second_ >= std::chrono::seconds{1}) {
    second_ = now;
    lines_ = 0;
  }
  if (lines_ >= kMostLines) {
    ++left_out_;
    return false;
  }
  ++lines_;
  left_out = std::exchange(left_out_, 0);
  return true;
}

void RequestLog::answered(const AnsweredRequest& request, const std::string& why) {
  const LogField method{"method", request.method};
  const LogField route{"route", request.route};
  const LogField status{"status", request.status};
  const LogField took{"seconds", std::chrono::duration<double>(request.took).count()};
  if (request.status < 500)
    return log_.debug("A request was answered", {method, route, status, took});
  int left_out = 0;
  if (!may_write(left_out)) return;
  const std::string message = "A request was answered with " + std::to_string(request.status);
  const LogField reason{"why", why};
  const LogField more{"linesLeftOut", left_out};
  if (request.status == 500)
    return log_.error(message, {method, route, status, took, reason, more});
  log_.warn(message, {method, route, status, took, reason, more});
}

}  // namespace net
