// How long to wait before something is tried again. Pure.
#pragma once

#include <string_view>

#include "net/clock.h"

namespace reconcilers {

// Returns `duration`, longer by up to the fraction `by` of it (shorter if `by` is negative), so
// that objects of one moment do not stay together. The same uid gets the same share at each start:
// a restart changes no due time.
net::Duration spread(net::Duration duration, double by, std::string_view uid);

// After the n-th failure (from 1) to get an answer that can be used: 5 s, doubling to 5 min, and up
// to a fifth longer by `uid`.
net::Duration unreachable_backoff(int failures, std::string_view uid);

}  // namespace reconcilers
