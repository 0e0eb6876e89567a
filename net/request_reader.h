// Requests out of the bytes of one connection (RFC 9112), without a socket. Pure.
//
// Where two readers could disagree on where a request ends, there is no request (RFC 9112 11.2,
// request smuggling): the reader refuses Content-Length beside Transfer-Encoding, transfer codings
// other than a single "chunked", repeated lengths, folded lines, a bare CR or LF, white space
// before a colon, and a Host that is missing or duplicated. After a refusal it reads nothing more.
// How the bytes are split over calls of feed() makes no difference
// (tests/fuzz/request_fuzz.cc).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "net/http_server.h"

namespace net {

struct RequestLimits {
  std::size_t max_header_bytes = 16 << 10;  // request line and fields: 431
  std::size_t max_header_fields = 100;      // 431
  std::size_t max_body_bytes = 64 << 10;    // 413
};

struct ReadRequest {
  ServerRequest request;  // without remote_address and received
  bool keep_alive = true;
  bool http_1_1 = true;  // its sender understands chunked answers
};

struct NeedsMore {};

// Not thread-safe.
class RequestReader {
 public:
  explicit RequestReader(RequestLimits limits);
  ~RequestReader();

  void feed(std::string_view bytes);
  // Returns the next request; or the answer to what is none, after which the connection must be
  // closed; or NeedsMore. To be called until it returns NeedsMore.
  std::variant<NeedsMore, ReadRequest, ServerResponse> next();
  // Whether bytes of a request have come that next() has not returned.
  bool begun() const;
  // The number of bytes that are held beside the body: pipelined requests, too.
  std::size_t buffered() const { return bytes_.size(); }

 private:
  struct Message;  // a request whose head is read
  using Refusal = ServerResponse;

  std::variant<NeedsMore, std::size_t, Refusal> find_head();
  std::variant<NeedsMore, ReadRequest, Refusal> read_body();
  Refusal refuse(Refusal why);

  const RequestLimits limits_;
  std::string bytes_;
  std::size_t scanned_ = 0;      // of bytes_, for the end of the head
  bool in_request_line_ = true;  // as far as scanned
  std::unique_ptr<Message> message_;
  bool refused_ = false;
};

}  // namespace net
