// Waits for a CallScheduler's work, by the scheduler's own guarantees.
#pragma once

#include <latch>
#include <string>

#include "oauth/calls/call_scheduler.h"

namespace support {

// Returns once the scheduler has noted the result of the work under `key` (its Retry-After, its
// failed sign-ins): new work waits for running work under the same key. The earlier work must have
// begun (waiting work would be replaced), and a thread must be free.
inline void await_noted(oauth::CallScheduler& scheduler, const std::string& key) {
  std::latch began(1);
  scheduler.submit({.key = key,
                    .host = "noted.example",
                    .client = "nobody",
                    .tenant = "nobody",
                    .run = [&](std::stop_token) -> oauth::CallsMade {
                      began.count_down();
                      return {.any = false, .retry_after = std::nullopt, .failed_sign_ins = 0};
                    }});
  began.wait();
}

}  // namespace support
