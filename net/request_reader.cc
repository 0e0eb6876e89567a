#include "net/request_reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <utility>

#include "net/http_answer.h"
#include "net/request_head.h"

namespace net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using BoostError = boost::system::error_code;

// Of the line before a chunk, and of the last one with the trailer fields. Nothing sends more.
constexpr std::size_t kMaxChunkHead = 1 << 10;
// "0\r\n\r\n": as much is always left of chunks that have not ended. Beast 1.74 aborts the process
// (parse_chunk_header, "n >= 5") where "0\r\n" and the byte after it come one after the other.
constexpr std::size_t kLeastChunks = 5;

ServerResponse not_http(const std::string& why) {
  return plain_text(400, "not a valid HTTP request: " + why + "\n");
}

ServerResponse refusal(const BoostError& error) {
  if (error == http::error::body_limit) return plain_text(413, "the body is too large\n");
  return not_http("its head or its chunks are malformed");
}

// RFC 9112 3.2.2: "http://host/path?query" stands for "/path?query", whatever the host.
std::string origin_form(std::string target) {
  if (target.starts_with('/') || target == "*") return target;
  const std::size_t authority = target.find("://") + 3;
  const std::size_t end = target.find_first_of("/?", authority);
  if (end == std::string::npos) return "/";
  return (target[end] == '?' ? "/" : "") + target.substr(end);
}

}  // namespace

struct RequestReader::Message {
  http::request_parser<http::string_body> parser;
  ReadRequest read;
  bool chunk_head = false;  // the last bytes that the parser took were one
  std::function<void(std::uint64_t, boost::beast::string_view, BoostError&)> on_chunk_head =
      [this](std::uint64_t, boost::beast::string_view, const BoostError&) { chunk_head = true; };

  explicit Message(const RequestLimits& limits) {
    parser.header_limit(static_cast<std::uint32_t>(limits.max_header_bytes) + 1);
    parser.body_limit(limits.max_body_bytes);
    parser.on_chunk_header(on_chunk_head);
  }
  // Before the body is read: the fields of a trailer are nobody's.
  void take_head() {
    const auto& message = parser.get();
    ServerRequest& request = read.request;
    request.method = std::string(message.method_string());
    request.target = origin_form(std::string(message.target()));
    const std::size_t question = request.target.find('?');
    request.path = request.target.substr(0, question);
    if (question != std::string::npos) request.query = request.target.substr(question + 1);
    for (const auto& field : message)
      request.headers.add(std::string(field.name_string()), std::string(field.value()));
    read.keep_alive = message.keep_alive();
    read.http_1_1 = message.version() == 11;
  }
};

RequestReader::RequestReader(RequestLimits limits) : limits_(limits) {}
RequestReader::~RequestReader() = default;

void RequestReader::feed(std::string_view bytes) {
  if (!refused_) bytes_ += bytes;
}

bool RequestReader::begun() const { return message_ != nullptr || !bytes_.empty(); }

RequestReader::Refusal RequestReader::refuse(Refusal why) {
  refused_ = true;
  message_ = nullptr;
  bytes_.clear();
  return why;
}

// The size of the head, once all of it is there. Bytes are judged in their order, so that the
// answer does not depend on how they are split.
std::variant<NeedsMore, std::size_t, RequestReader::Refusal> RequestReader::find_head() {
  for (; scanned_ < bytes_.size(); ++scanned_) {
    if (scanned_ >= limits_.max_header_bytes)
      return refuse(plain_text(431, "the header fields are too large\n"));
    const char c = bytes_[scanned_];
    const bool after_cr = scanned_ > 0 && bytes_[scanned_ - 1] == '\r';
    if ((c == '\n') != after_cr) return refuse(not_http("a line does not end with CR LF"));
    if (c == '\n') {
      in_request_line_ = false;
      if (scanned_ >= 3 && bytes_[scanned_ - 2] == '\n') return ++scanned_;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < ' ' && c != '\r' && c != '\t') || byte == 0x7f)
      return refuse(not_http("its head has a control character"));
    if (in_request_line_ && (byte > 0x7f || c == '\t' || (scanned_ == 0 && c <= ' ')))
      return refuse(not_http("its first line is not a request"));
  }
  return NeedsMore{};
}

std::variant<NeedsMore, ReadRequest, ServerResponse> RequestReader::next() {
  if (refused_) return NeedsMore{};
  if (message_ == nullptr) {
    auto found = find_head();
    if (auto* refused = std::get_if<Refusal>(&found)) return std::move(*refused);
    const std::size_t* size = std::get_if<std::size_t>(&found);
    if (size == nullptr) return NeedsMore{};
    if (const auto fault = fault_of_head({bytes_.data(), *size}, limits_.max_header_fields)) {
      return refuse(fault->status == 400
                        ? not_http(fault->what)
                        : plain_text(fault->status, fault->what + std::string("\n")));
    }
    message_ = std::make_unique<Message>(limits_);
  }
  return read_body();
}

// Beast takes an element at a time: a head, the line before a chunk, a piece of a body.
std::variant<NeedsMore, ReadRequest, RequestReader::Refusal> RequestReader::read_body() {
  auto& parser = message_->parser;
  while (!parser.is_done()) {
    if (bytes_.empty()) return NeedsMore{};
    const bool in_head = !parser.is_header_done();
    if (!in_head && parser.chunked() && bytes_.size() < kLeastChunks) return NeedsMore{};
    message_->chunk_head = false;
    BoostError error;
    const std::size_t taken = parser.put(asio::buffer(bytes_), error);
    const bool needs_more = error == http::error::need_more;
    if (error && !needs_more) return refuse(refusal(error));
    if (!in_head && (message_->chunk_head ? taken : needs_more ? bytes_.size() : 0) > kMaxChunkHead)
      return refuse(not_http("a chunk's size, extensions or trailer are too long"));
    bytes_.erase(0, taken);
    if (in_head && parser.is_header_done()) message_->take_head();
    if (needs_more) return NeedsMore{};
  }
  ReadRequest read = std::move(message_->read);
  read.request.body = std::move(parser.get().body());
  message_ = nullptr;
  scanned_ = 0;
  in_request_line_ = true;
  return read;
}

}  // namespace net
