#include "net/request_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace net {
namespace {

// The outcome of a connection's bytes: "GET /path" or the status of a refusal, in order.
std::vector<std::string> outcomes(std::string_view bytes, std::size_t piece = std::string::npos,
                                  RequestLimits limits = {}) {
  RequestReader reader(limits);
  std::vector<std::string> seen;
  while (!bytes.empty()) {
    reader.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (auto next = reader.next(); !std::holds_alternative<NeedsMore>(next);
         next = reader.next()) {
      if (const auto* read = std::get_if<ReadRequest>(&next)) {
        seen.push_back(read->request.method + " " + read->request.target + " " +
                       read->request.body);
      } else {
        seen.push_back(std::to_string(std::get<ServerResponse>(next).status));
      }
    }
  }
  return seen;
}

using Seen = std::vector<std::string>;
const std::string kNext = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";

// Whole, by the byte, and by the handful: it makes no difference.
void expect(const std::string& bytes, const Seen& seen, RequestLimits limits = {}) {
  for (const std::size_t piece : {std::string::npos, std::size_t{1}, std::size_t{7}})
    EXPECT_EQ(outcomes(bytes, piece, limits), seen) << bytes << "\nin pieces of " << piece;
}

TEST(RequestReader, requests_end_where_their_length_or_their_last_chunk_says) {
  expect("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" + kNext,
         {"POST /a abc", "GET /next "});
  expect(
      "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2;x=1\r\nab\r\n1\r\nc\r\n0\r\nX-Trailer: 1\r\n\r\n" +
          kNext,
      {"POST /a abc", "GET /next "});
  expect("GET /1.0 HTTP/1.0\r\n\r\n", {"GET /1.0 "});
  expect("POST /a HTTP/1.1\r\nHost: h\r\ntransfer-encoding: Chunked\r\n\r\n0\r\n\r\n",
         {"POST /a "});
}

// Beast's assertion ended the process: anybody who reached a port could do that.
TEST(RequestReader, a_last_chunk_that_comes_in_two_parts_is_read) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string end : {"0\r\n\r\n", "0;x\r\n\r\n", "1\r\na\r\n0\r\n\r\n"}) {
    for (std::size_t part = 1; part < end.size(); ++part) {
      RequestReader reader({});
      int requests = 0;
      for (const std::string& bytes :
           {head + end.substr(0, part), end.substr(part, 1), end.substr(part + 1)}) {
        reader.feed(bytes);
        if (std::holds_alternative<ReadRequest>(reader.next())) ++requests;
      }
      EXPECT_EQ(requests, 1) << end << part;
    }
  }
}

TEST(RequestReader, a_target_of_a_proxy_stands_for_its_path) {
  expect("GET http://h:80/a?b HTTP/1.1\r\nHost: h\r\n\r\n", {"GET /a?b "});
  expect("GET https://h?b HTTP/1.1\r\nHost: h\r\n\r\n", {"GET /?b "});
  expect("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", {"GET / "});
  expect("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", {"OPTIONS * "});
}

TEST(RequestReader, a_field_of_a_trailer_is_no_field_of_the_request) {
  RequestReader reader({});
  reader.feed(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nCookie: a=1\r\n\r\n");
  const auto next = reader.next();
  const auto* read = std::get_if<ReadRequest>(&next);
  ASSERT_NE(read, nullptr);
  EXPECT_TRUE(read->request.headers.has("Host"));
  EXPECT_FALSE(read->request.headers.has("Cookie"));
}

struct Shape {
  const char* what;
  std::string head;  // and body
};

TEST(RequestReader, bytes_that_two_readers_could_read_differently_are_refused) {
  const std::string host = "Host: h\r\n";
  const std::string post = "POST / HTTP/1.1\r\n" + host;
  const std::string chunks = "Transfer-Encoding: chunked\r\n";
  const Shape shapes[] = {
      {"length and chunks", post + "Content-Length: 5\r\n" + chunks + "\r\n0\r\n\r\n"},
      {"chunks and length", post + chunks + "Content-Length: 5\r\n\r\n0\r\n\r\n"},
      {"two lengths", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
      {"the same length twice", post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na"},
      {"a list of lengths", post + "Content-Length: 1, 1\r\n\r\na"},
      {"a length with a sign", post + "Content-Length: +1\r\n\r\na"},
      {"a negative length", post + "Content-Length: -1\r\n\r\na"},
      {"a hexadecimal length", post + "Content-Length: 0x1\r\n\r\na"},
      {"an empty length", post + "Content-Length:\r\n\r\na"},
      {"a length beyond 64 bits", post + "Content-Length: 99999999999999999999\r\n\r\na"},
      {"two transfer codings", post + chunks + chunks + "\r\n0\r\n\r\n"},
      {"chunked is not the only coding",
       post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"chunked is not the last coding", post + "Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n"},
      {"another coding", post + "Transfer-Encoding: identity\r\n\r\n"},
      {"a coding with a tab inside", post + "Transfer-Encoding: \tchunked\tx\r\n\r\n0\r\n\r\n"},
      {"chunks of HTTP/1.0", "POST / HTTP/1.0\r\n" + host + chunks + "\r\n0\r\n\r\n"},
      {"a space before the colon", post + "Content-Length : 1\r\n\r\na"},
      {"a folded line", post + "X: 1\r\n Content-Length: 1\r\n\r\na"},
      {"a folded first line", "POST / HTTP/1.1\r\n " + host + "\r\n"},
      {"a bare LF in the head", "POST / HTTP/1.1\n" + host + "\r\n"},
      {"bare LFs at its end", post + "X: 1\n\n"},
      {"a bare CR", post + "X: 1\rContent-Length: 1\r\n\r\na"},
      {"NUL", post + std::string("X: a\0b\r\n\r\n", 10)},
      {"no Host", "GET / HTTP/1.1\r\n\r\n"},
      {"two Hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n"},
      {"a Host with a path", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n"},
      {"a Host with user info", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"},
      {"a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
      {"a name without a colon", post + "Content-Length 1\r\n\r\na"},
      {"a name with a space", post + "Content Length: 1\r\n\r\na"},
      {"no name", post + ": 1\r\n\r\n"},
      {"two spaces in the request line", "GET  / HTTP/1.1\r\n" + host + "\r\n"},
      {"a space in the target", "GET /a b HTTP/1.1\r\n" + host + "\r\n"},
      {"a fragment in the target", "GET /a#b HTTP/1.1\r\n" + host + "\r\n"},
      {"a target that is no path", "GET a HTTP/1.1\r\n" + host + "\r\n"},
      {"an authority as target", "CONNECT h:443 HTTP/1.1\r\n" + host + "\r\n"},
      {"a byte beyond ASCII in the target", "GET /\xc3\xa4 HTTP/1.1\r\n" + host + "\r\n"},
      {"HTTP/0.9", "GET /\r\n\r\n"},
      {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"an unknown version", "GET / HTTP/1.2\r\n" + host + "\r\n"},
      {"an empty line first", "\r\nGET / HTTP/1.1\r\n" + host + "\r\n"},
      {"a TLS handshake", "\x16\x03\x01\x02"},
      {"a chunk's size that is none", post + chunks + "\r\nxyz\r\n"},
      {"a negative chunk", post + chunks + "\r\n-1\r\n"},
      {"a chunk beyond 64 bits", post + chunks + "\r\n10000000000000001\r\na\r\n0\r\n\r\n"},
      {"a chunk with a prefix", post + chunks + "\r\n0x1\r\na\r\n0\r\n\r\n"},
      {"a chunk that ends with LF", post + chunks + "\r\n1\na\r\n0\r\n\r\n"},
      {"a chunk longer than its size", post + chunks + "\r\n1\r\nabc\r\n0\r\n\r\n"},
      {"an endless extension", post + chunks + "\r\n1;" + std::string(2000, 'x') + "\r\na\r\n"},
      {"a length in the trailer", post + chunks + "\r\n0\r\nContent-Length: 5\r\n\r\n"},
      {"an endless trailer", post + chunks + "\r\n0\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"},
  };
  for (const Shape& shape : shapes) {
    SCOPED_TRACE(shape.what);
    expect(shape.head + kNext, {"400"});
  }
}

TEST(RequestReader, bounds_hold_to_the_byte) {
  const RequestLimits limits{.max_header_bytes = 64, .max_header_fields = 3, .max_body_bytes = 4};
  const auto head = [](std::size_t size) {
    const std::string empty = "GET / HTTP/1.1\r\nHost: h\r\nX: \r\n\r\n";
    return "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(size - empty.size(), 'x') + "\r\n\r\n";
  };
  expect(head(64), {"GET / "}, limits);
  expect(head(65), {"431"}, limits);
  expect(std::string(70, 'x'), {"431"}, limits);
  expect("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 1\r\n\r\n", {"GET / "}, limits);
  expect("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 1\r\nC: 1\r\n\r\n", {"431"}, limits);
  expect("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabcd", {"PUT / abcd"}, limits);
  expect("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde", {"413"}, limits);
  const std::string chunked = "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const RequestLimits wider{.max_header_bytes = 80, .max_header_fields = 3, .max_body_bytes = 4};
  expect(chunked + "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", {"PUT / abcd"}, wider);
  expect(chunked + "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", {"413"}, wider);
}

TEST(RequestReader, says_whether_a_request_has_begun) {
  RequestReader reader({});
  EXPECT_FALSE(reader.begun());
  reader.feed("G");
  reader.next();
  EXPECT_TRUE(reader.begun());
  reader.feed("ET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(std::holds_alternative<ReadRequest>(reader.next()));
  EXPECT_FALSE(reader.begun());
}

}  // namespace
}  // namespace net
