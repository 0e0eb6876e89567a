// RFC 3339 times and Go-style durations, as Kubernetes objects carry them.
#pragma once

#include <string>
#include <string_view>

#include "net/clock.h"
#include "net/result.h"

namespace net {

// "2026-11-24T09:50:16Z" (metav1.Time: whole seconds, UTC).
std::string format_rfc3339(SystemTime time);
// "2026-11-24T09:50:16.123456Z" (metav1.MicroTime).
std::string format_rfc3339_micro(SystemTime time);
// Accepts fractions and numeric offsets (RFC 3339 section 5.6); else Invalid.
Result<SystemTime> parse_rfc3339(std::string_view text);

// "1h30m", "10m", "500ms" (Go's time.ParseDuration; no sign); else Invalid.
Result<Duration> parse_duration(std::string_view text);
// The shortest such form in whole units down to milliseconds: "24h", "1m30s", "0s".
std::string format_duration(Duration duration);

}  // namespace net
