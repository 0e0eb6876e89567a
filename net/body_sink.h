// The stream buffer that cpprestsdk writes an answer's body into: everything goes on to an Exchange
// at once.
//
// cpprestsdk's own buffers either hold a body of any size or give out its bytes only in blocks of
// the size asked for; this one is called for each chunk, and its answer (a task) holds the
// connection's next read up.
#pragma once

#include <cpprest/streams.h>

#include <memory>

#include "net/exchange.h"

namespace net {

Concurrency::streams::ostream make_body_sink(std::shared_ptr<Exchange> exchange);

}  // namespace net
