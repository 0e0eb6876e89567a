#include "support/faulty_proxy.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "kube/watcher.h"
#include "net/json.h"
#include "net/url.h"

namespace support {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using BoostError = boost::system::error_code;
using TlsStream = asio::ssl::stream<tcp::socket>;
using Message = http::request<http::string_body>;

constexpr std::uint64_t kMaxBody = 64 << 20;
// A watch has no length. (Beast 1.74 reads `none` as a limit of nothing.)
constexpr std::uint64_t kEndless = std::uint64_t{1} << 60;
constexpr std::size_t kMaxHeader = 64 << 10;

FaultyProxy::Request to_request(const Message& message) {
  FaultyProxy::Request request;
  request.method = std::string{message.method_string()};
  const std::string target{message.target()};
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) {
    const auto fields = net::parse_form(target.substr(question + 1));
    if (fields.ok()) request.query = {fields->begin(), fields->end()};
  }
  request.body = message.body();
  return request;
}

http::response<http::string_body> to_message(const FaultyProxy::Answer& answer) {
  http::response<http::string_body> message{static_cast<http::status>(answer.status), 11};
  message.set(http::field::content_type, "application/json");
  for (const auto& [name, value] : answer.headers) message.set(name, value);
  message.body() = answer.body;
  message.prepare_payload();
  return message;
}

// Any thread may shut down a socket that another one reads from; they share nothing else of it.
void shut_down(tcp::socket& socket) { ::shutdown(socket.native_handle(), SHUT_RDWR); }

// Shuts it down as well: a process that the test started meanwhile may have a copy of the
// descriptor.
void close(tcp::socket& socket) {
  shut_down(socket);
  BoostError ignored;
  socket.close(ignored);
}

}  // namespace

class FaultyProxy::Impl {
 public:
  explicit Impl(const kube::ClusterConfig& upstream)
      : url_(*net::parse_url(upstream.server)),
        authorization_("Bearer " + upstream.token.reveal()),
        tls_(asio::ssl::context::tls_client),
        acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
        port_(acceptor_.local_endpoint().port()) {
    tls_.add_certificate_authority(asio::buffer(upstream.tls.ca_pem));
    tls_.set_verify_mode(asio::ssl::verify_peer);
    accepting_ = std::jthread([this] { accept(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      for (Connection& connection : connections_) {
        shut_down(connection.client);
        if (connection.upstream) shut_down(connection.upstream->next_layer());
      }
    }
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // wakes the accept
    accepting_.join();
  }

  std::uint16_t port() const { return port_; }
  void play(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::make_shared<Script>(std::move(script));
  }
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  struct Connection {
    explicit Connection(tcp::socket socket) : client(std::move(socket)) {}
    tcp::socket client;
    std::unique_ptr<TlsStream> upstream;  // null until it is needed
    beast::flat_buffer client_buffer, upstream_buffer;
    std::jthread thread;
  };

  void accept() {
    while (true) {
      BoostError error;
      tcp::socket socket = acceptor_.accept(error);
      if (error) return;
      const std::lock_guard lock(mutex_);
      if (closing_) return;
      Connection& connection = connections_.emplace_back(std::move(socket));
      connection.thread = std::jthread([this, &connection] {
        while (serve_one(connection)) {
        }
        // Its entry stays, for the destructor to join; its sockets are not necessary.
        const std::lock_guard closing(mutex_);
        close(connection.client);
        if (connection.upstream) close(connection.upstream->next_layer());
      });
    }
  }

  // Returns false if the connection must be closed.
  bool serve_one(Connection& connection) {
    BoostError error;
    http::request_parser<http::string_body> parser;
    parser.body_limit(kMaxBody);
    parser.header_limit(kMaxHeader);
    http::read(connection.client, connection.client_buffer, parser, error);
    if (error) return false;
    Message message = parser.release();
    const auto [request, index, script] = record(message);
    const Decision decision = (*script)(request);
    if (std::holds_alternative<Refuse>(decision)) return false;
    if (const auto* answer = std::get_if<Answer>(&decision)) {
      answered(index, answer->status);
      http::write(connection.client, to_message(*answer), error);
      return !error;
    }
    return forward(connection, message, request, index, decision);
  }

  struct Recorded {
    Request request;
    std::size_t index;
    std::shared_ptr<const Script> script;
  };
  Recorded record(const Message& message) {
    Request request = to_request(message);
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    return {std::move(request), requests_.size() - 1, script_};
  }
  void answered(std::size_t index, int status) {
    const std::lock_guard lock(mutex_);
    requests_[index].status = status;
  }

  bool forward(Connection& connection, Message& message, const Request& request, std::size_t index,
               const Decision& decision) {
    if (!connection.upstream && !connect(connection)) return false;
    BoostError error;
    message.set(http::field::host, url_.authority());
    message.set(http::field::authorization, authorization_);
    message.prepare_payload();
    http::write(*connection.upstream, message, error);
    if (error) return false;
    http::response_parser<http::empty_body> head;
    head.body_limit(kEndless);
    http::read_header(*connection.upstream, connection.upstream_buffer, head, error);
    if (error) return false;
    const int status = head.get().result_int();
    if (request.is_watch() && status == 200) {
      answered(index, status);
      const auto* tamper = std::get_if<Tamper>(&decision);
      return stream(connection, head, tamper != nullptr ? tamper->filter : nullptr);
    }
    http::response_parser<http::string_body> whole(std::move(head));
    http::read(*connection.upstream, connection.upstream_buffer, whole, error);
    if (error || std::holds_alternative<LoseAnswer>(decision)) return false;
    answered(index, status);
    http::response<http::string_body> answer = whole.release();
    answer.prepare_payload();
    http::write(connection.client, answer, error);
    return !error;
  }

  bool connect(Connection& connection) {
    BoostError error;
    auto stream = std::make_unique<TlsStream>(io_, tls_);
    stream->set_verify_callback(asio::ssl::host_name_verification(url_.host));
    stream->next_layer().connect({asio::ip::make_address(url_.host), url_.port}, error);
    if (!error) stream->handshake(asio::ssl::stream_base::client, error);
    if (error) return false;
    const std::lock_guard lock(mutex_);
    if (closing_) return false;
    connection.upstream = std::move(stream);
    return true;
  }

  // Serves a watch, until either side ends it. Always the last exchange of its connection.
  bool stream(Connection& connection, http::response_parser<http::empty_body>& head,
              const LineFilter& filter) {
    BoostError error;
    http::response<http::empty_body> message{head.get().result(), 11};
    message.set(http::field::content_type, head.get()[http::field::content_type]);
    message.chunked(true);
    http::response_serializer<http::empty_body> serializer(message);
    http::write_header(connection.client, serializer, error);

    http::response_parser<http::buffer_body> body(std::move(head));
    std::string unfinished;  // an incomplete line
    while (!error && !body.is_done()) {
      std::string bytes = read_some(connection, body, error);
      if (bytes.empty()) continue;
      if (!filter) {
        write_chunk(connection.client, bytes, error);
      } else if (!deliver_lines(connection.client, unfinished += bytes, filter)) {
        return false;
      }
    }
    if (!error) asio::write(connection.client, http::make_chunk_last(), error);
    return false;
  }

  static std::string read_some(Connection& connection,
                               http::response_parser<http::buffer_body>& body, BoostError& error) {
    std::array<char, 16 << 10> bytes{};
    body.get().body().data = bytes.data();
    body.get().body().size = bytes.size();
    http::read_some(*connection.upstream, connection.upstream_buffer, body, error);
    if (error == http::error::need_buffer) error = {};
    return {bytes.data(), bytes.size() - body.get().body().size};
  }

  // Returns false if the filter cut the stream, or the client is gone.
  static bool deliver_lines(tcp::socket& client, std::string& unfinished,
                            const LineFilter& filter) {
    BoostError error;
    for (auto end = unfinished.find('\n'); end != std::string::npos; end = unfinished.find('\n')) {
      const Delivery delivery = filter(unfinished.substr(0, end + 1));
      unfinished.erase(0, end + 1);
      for (const std::string& piece : delivery.pieces) write_chunk(client, piece, error);
      if (delivery.cut || error) return false;
    }
    return true;
  }

  static void write_chunk(tcp::socket& client, const std::string& bytes, BoostError& error) {
    if (!bytes.empty()) asio::write(client, http::make_chunk(asio::buffer(bytes)), error);
  }

  const net::Url url_;
  const std::string authorization_;
  asio::io_context io_;
  asio::ssl::context tls_;
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  mutable std::mutex mutex_;
  bool closing_ = false;
  std::shared_ptr<const Script> script_ =
      std::make_shared<Script>([](const Request&) { return Pass{}; });
  std::vector<Request> requests_;
  std::list<Connection> connections_;
  std::jthread accepting_;
};

FaultyProxy::FaultyProxy(const kube::ClusterConfig& upstream)
    : impl_(std::make_unique<Impl>(upstream)) {}
FaultyProxy::~FaultyProxy() = default;

std::string FaultyProxy::url() const { return "http://127.0.0.1:" + std::to_string(impl_->port()); }
void FaultyProxy::play(Script script) { impl_->play(std::move(script)); }
std::vector<FaultyProxy::Request> FaultyProxy::requests() const { return impl_->requests(); }

long FaultyProxy::count(const std::function<bool(const Request&)>& matches) const {
  const auto all = impl_->requests();
  return std::ranges::count_if(all, matches);
}

bool FaultyProxy::Request::lists(std::string_view resource) const {
  return method == "GET" && !is_watch() && path.ends_with("/" + std::string{resource});
}

bool FaultyProxy::Request::watches(std::string_view resource) const {
  return is_watch() && path.ends_with("/" + std::string{resource});
}

FaultyProxy::Answer refusal(int status, const std::string& reason, const std::string& message) {
  const net::Json body = {{"kind", "Status"},   {"apiVersion", "v1"}, {"status", "Failure"},
                          {"message", message}, {"reason", reason},   {"code", status}};
  return {.status = status, .body = body.dump()};
}

std::string gone_event() {
  const net::Json status =
      net::Json::parse(refusal(410, "Expired", "too old resource version: 1 (2)").body);
  return net::Json{{"type", "ERROR"}, {"object", status}}.dump() + "\n";
}

std::string bookmark(const std::string& api_version, const std::string& kind,
                     const std::string& resource_version) {
  const net::Json object = {{"kind", kind},
                            {"apiVersion", api_version},
                            {"metadata", {{"resourceVersion", resource_version}}}};
  return net::Json{{"type", "BOOKMARK"}, {"object", object}}.dump() + "\n";
}

std::string resource_version_of(const std::string& line) {
  const auto event = kube::parse_watch_event(line);
  return event.ok() ? event->resource_version : "";
}

}  // namespace support
