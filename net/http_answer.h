// Answers of the server as bytes (RFC 9112). Pure.
#pragma once

#include <ctime>
#include <string>

#include "net/http_server.h"

namespace net {

// How an answer's end is marked.
enum class AnswerFraming {
  Length,      // Content-Length
  Chunked,     // Transfer-Encoding: chunked
  Connection,  // the end of the connection: for HTTP/1.0
};

ServerResponse plain_text(int status, std::string body);
// 503 with Retry-After.
ServerResponse overloaded(std::string why);

// Whether the answer can be sent: a final status, and fields that end where they should.
bool is_well_formed(const ServerResponse& response);
bool may_have_body(int status);  // RFC 9110 6.4.1

// Returns status line and fields, with the empty line. The fields that mark the answer's end and
// the connection's, and Date, are the server's: it ignores those of `response`. `response` is well
// formed.
std::string head_of(const ServerResponse& response, AnswerFraming framing, bool keep_alive,
                    std::time_t now);

// Returns one chunk (RFC 9112 7.1); the last one where `bytes` is empty.
std::string chunk_of(std::string_view bytes);

}  // namespace net
