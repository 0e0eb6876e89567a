#include "net/http_server.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <condition_variable>
#include <future>
#include <iterator>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "net/http_session.h"
#include "net/mutex.h"

namespace net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using BoostError = boost::system::error_code;

// When accepting fails (out of file descriptors), trying at once would only burn a processor.
constexpr std::chrono::milliseconds kAcceptPause{100};
// A client that reads its answer has it by then.
constexpr std::chrono::seconds kToRead{1};

std::string shown(const std::string& address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

Result<std::unique_ptr<asio::ssl::context>> make_tls(const ServerTls& tls) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  BoostError error;
  context->use_certificate_chain(asio::buffer(tls.cert_chain_pem), error);
  if (error) return Error{ErrorCode::Invalid, "server certificate: no PEM certificate in it"};
  context->use_private_key(asio::buffer(tls.key_pem.reveal()), asio::ssl::context::pem, error);
  if (error) {
    return Error{ErrorCode::Invalid,
                 "server key: no PEM private key in it, or not the certificate's"};
  }
  return context;
}

BoostError listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  BoostError error;
  const auto step = [&error](auto&& action) {
    if (!error) action();
  };
  step([&] { acceptor.open(endpoint.protocol(), error); });
  step([&] { acceptor.set_option(tcp::acceptor::reuse_address(true), error); });
  if (endpoint.protocol() == tcp::v6()) {
    step([&] {
      acceptor.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()), error);
    });
  }
  step([&] { acceptor.bind(endpoint, error); });
  step([&] { acceptor.listen(asio::socket_base::max_listen_connections, error); });
  if (error) {
    BoostError ignored;
    acceptor.close(ignored);
  }
  return error;
}

Eviction eviction_of(HttpSession::State state) {
  if (state == HttpSession::State::Idle) return Eviction::Idle;
  return state == HttpSession::State::Streaming ? Eviction::Stream : Eviction::Slow;
}

class AsioServer final : public HttpServer {
 public:
  AsioServer(HttpServerOptions options, Handler handler, std::unique_ptr<asio::ssl::context> tls)
      : workers_(static_cast<std::size_t>(options.threads), options.max_waiting_requests),
        reserved_worker_(1, options.max_connections),  // each connection has one request at most
        tls_(std::move(tls)),
        acceptor_(io_),
        accept_pause_(io_),
        observer_(options.observer != nullptr ? *options.observer : nobody_),
        context_{std::move(options),
                 std::move(handler),
                 observer_,
                 workers_,
                 reserved_worker_,
                 [this](const std::shared_ptr<HttpSession>& session) { on_closed(session); },
                 [this] { accept(); },
                 [this] { bound_answers(); }} {}

  ~AsioServer() override { stop(Duration::zero()); }

  Status open() {
    const std::string& address = context_.options.address;
    const std::uint16_t wanted = context_.options.port;
    BoostError error;
    if (address.empty()) {
      error = listen(acceptor_, {asio::ip::address_v6::any(), wanted});
      // Without IPv6 in the kernel, IPv4 is all there is.
      if (error == asio::error::address_family_not_supported) {
        error = listen(acceptor_, {asio::ip::address_v4::any(), wanted});
      }
    } else {
      const auto parsed = asio::ip::make_address(address, error);
      if (error) {
        return Error{ErrorCode::Invalid, "cannot listen on \"" + address + "\": not an IP address"};
      }
      error = listen(acceptor_, {parsed, wanted});
    }
    if (error) {
      return Error{ErrorCode::Unavailable,
                   "cannot listen on " + shown(address, wanted) + ": " + error.message()};
    }
    port_ = acceptor_.local_endpoint(error).port();
    accept();
    io_thread_ = std::thread([this] { io_.run(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }

  void stop(Duration grace) override {
    if (!io_thread_.joinable()) return;
    asio::post(io_, [this] { begin_to_stop(); });
    {
      MutexLock lock(mutex_);
      drained_changed_.wait_for(lock, grace, [this]() NET_REQUIRES(mutex_) { return drained_; });
    }
    std::promise<void> closed;
    asio::post(io_, [this, &closed] {
      for (const auto& session : std::set(sessions_)) session->close();
      closed.set_value();
    });
    closed.get_future().wait();  // before the loop's end, which would drop it
    // A handler that still runs is waited for: it uses what its owner is about to destroy.
    for (WorkerPool* workers : {&workers_, &reserved_worker_}) workers->stop();
    work_.reset();
    io_thread_.join();  // nothing is left that it could wait for
  }

 private:
  // All below on the I/O thread.

  void accept() {
    if (context_.stopping) return;
    if (const auto session = std::exchange(waiting_, nullptr)) take_in(session);
    if (accepting_) return;
    if (waiting_ || (is_full() && victim(nullptr) == nullptr)) return accept_after_pause();
    accepting_ = true;
    acceptor_.async_accept([this](const BoostError& error, tcp::socket socket) {
      accepting_ = false;
      if (error == asio::error::operation_aborted || context_.stopping) return;
      if (error) return accept_after_pause();
      take_in(make_session(std::move(socket), tls_.get(), context_));
      accept();
    });
  }

  // The connection that is closed for a new one: of `address` where given, else of all. Null where
  // each of them has a request that is being answered.
  std::shared_ptr<HttpSession> victim(const std::string* address) const {
    std::shared_ptr<HttpSession> found;
    const SteadyTime now = std::chrono::steady_clock::now();
    const auto rank = [](const HttpSession& s) { return std::pair(s.state(), s.since()); };
    for (const auto& session : sessions_) {
      const HttpSession::State state = session->state();
      if (state == HttpSession::State::Handling) continue;
      if (state == HttpSession::State::Writing && now - session->since() < kToRead) continue;
      if (address != nullptr && session->remote_address() != *address) continue;
      if (found == nullptr || rank(*session) < rank(*found)) found = session;
    }
    return found;
  }

  void take_in(const std::shared_ptr<HttpSession>& session) {
    const std::string& address = session->remote_address();
    const bool crowded = connections_of(address) >= context_.options.max_connections_per_address;
    if (crowded || is_full()) {
      const auto given_up = victim(crowded ? &address : nullptr);
      if (given_up == nullptr) {
        // All others are being answered. An address of which that is so is refused, by destruction.
        if (!crowded) waiting_ = session;
        return;
      }
      observer_.evicted(eviction_of(given_up->state()));
      given_up->close();
    }
    sessions_.insert(session);
    observer_.connections(sessions_.size());
    session->start();
  }

  std::size_t connections_of(const std::string& address) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        sessions_, [&](const auto& session) { return session->remote_address() == address; }));
  }

  // Answers that nobody reads: the one that has waited the longest goes, the newest stays.
  void bound_answers() {
    while (context_.answer_bytes > context_.options.max_answer_bytes) {
      std::vector<std::shared_ptr<HttpSession>> writing;
      std::ranges::copy_if(sessions_, std::back_inserter(writing), [](const auto& session) {
        return session->state() == HttpSession::State::Writing;
      });
      if (writing.size() < 2) return;
      observer_.evicted(Eviction::Unread);
      (*std::ranges::min_element(writing, {}, [](const auto& s) { return s->since(); }))->close();
    }
  }

  void accept_after_pause() {
    accept_pause_.expires_after(kAcceptPause);
    accept_pause_.async_wait([this](const BoostError& error) {
      if (!error) accept();
    });
  }

  bool is_full() const { return sessions_.size() >= context_.options.max_connections; }

  void on_closed(const std::shared_ptr<HttpSession>& session) {
    if (sessions_.erase(session) > 0) observer_.connections(sessions_.size());
    accept();
    note_if_drained();
  }

  void begin_to_stop() {
    context_.stopping = true;
    BoostError ignored;
    acceptor_.close(ignored);
    accept_pause_.cancel();
    waiting_ = nullptr;
    for (const auto& session : std::set(sessions_)) session->begin_to_stop();
    note_if_drained();
  }

  void note_if_drained() {
    if (!context_.stopping || !sessions_.empty()) return;
    const MutexLock guard(mutex_);
    drained_ = true;
    drained_changed_.notify_all();
  }

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  WorkerPool workers_;
  WorkerPool reserved_worker_;
  std::unique_ptr<asio::ssl::context> tls_;
  tcp::acceptor acceptor_;
  asio::steady_timer accept_pause_;
  HttpServerObserver nobody_;
  HttpServerObserver& observer_;
  SessionContext context_;
  std::set<std::shared_ptr<HttpSession>> sessions_;
  std::shared_ptr<HttpSession> waiting_;  // accepted, and there is no place for it yet
  bool accepting_ = false;
  std::uint16_t port_ = 0;
  std::thread io_thread_;

  Mutex mutex_;
  std::condition_variable drained_changed_;
  bool drained_ NET_GUARDED_BY(mutex_) = false;
};

}  // namespace

Result<BindAddress> parse_bind_address(const std::string& text) {
  const Error invalid{
      ErrorCode::Invalid,
      "\"" + text + "\" is no address to listen on: write :PORT, ADDRESS:PORT or [IPV6]:PORT"};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return invalid;
  BindAddress bind;
  bind.address = text.substr(0, colon);
  const bool bracketed = bind.address.starts_with('[') && bind.address.ends_with(']');
  if (bracketed) bind.address = bind.address.substr(1, bind.address.size() - 2);
  const char* const end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data() + colon + 1, end, bind.port);
  if (error != std::errc{} || read_to != end) return invalid;
  BoostError not_address;
  const auto address = asio::ip::make_address(bind.address, not_address);
  if (bind.address.empty() && !bracketed) return bind;
  if (not_address || address.is_v6() != bracketed) return invalid;
  return bind;
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, Handler handler) {
  std::unique_ptr<asio::ssl::context> tls;
  if (options.tls) {
    auto made = make_tls(*options.tls);
    if (!made.ok()) return made.error();
    tls = std::move(*made);
  }
  auto server =
      std::make_unique<AsioServer>(std::move(options), std::move(handler), std::move(tls));
  if (const Status opened = server->open(); !opened.ok()) return opened.error();
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace net
