// The TLS of HttpClient: whom it believes, and what it says of those it does not.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <string>
#include <thread>

#include "net/http_client.h"
#include "net/http_server.h"
#include "raw_peer.h"
#include "support/test_certificates.h"

namespace net {
namespace {

using support::TestCa;
using support::TestCertificate;
using namespace std::chrono_literals;
namespace asio = boost::asio;

const TestCa& ca() {
  static const TestCa made;
  return made;
}

class TlsServer {
 public:
  explicit TlsServer(const TestCertificate& certificate) {
    HttpServerOptions options;
    options.address = "127.0.0.1";
    options.tls = ServerTls{certificate.cert_pem, SecretString{certificate.key_pem}};
    auto started = HttpServer::start(options, [](const ServerRequest&, std::stop_token) {
      return ServerResponse{200, {}, "hello"};
    });
    EXPECT_TRUE(started.ok());
    server_ = std::move(*started);
  }
  std::uint16_t port() const { return server_->port(); }
  std::string url(const std::string& host = "127.0.0.1") const {
    return "https://" + host + ":" + std::to_string(port()) + "/?code=s3cret";
  }

 private:
  std::unique_ptr<HttpServer> server_;
};

TlsOptions trusting_ca() {
  TlsOptions tls;
  tls.system_roots = false;
  tls.ca_pem = ca().cert_pem();
  return tls;
}

Result<HttpResponse> get(const std::string& url, TlsOptions tls, std::string ca_bundle = {},
                         ProxyOptions proxy = {}) {
  HttpClientOptions options;
  options.reuse_connections = false;
  options.tls = std::move(tls);
  options.proxy = std::move(proxy);
  auto client = make_http_client(std::move(options));
  if (!client.ok()) return client.error();
  HttpRequest request;
  request.url = url;
  request.ca_bundle_pem = std::move(ca_bundle);
  return (*client)->send(request, {});
}

void expect_refused(const Result<HttpResponse>& result, const std::string& reason) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::Tls);
  EXPECT_NE(result.error().message.find(reason), std::string::npos) << result.error().message;
  EXPECT_EQ(result.error().message.find("s3cret"), std::string::npos);
}

TEST(ClientTls, believes_a_peer_that_its_ca_vouches_for) {
  const TlsServer server(ca().issue({}));
  const auto response = get(server.url(), trusting_ca());
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->body, "hello");
}

TEST(ClientTls, says_that_a_certificate_has_expired) {
  const TlsServer server(ca().issue({.expired = true}));
  expect_refused(get(server.url(), trusting_ca()), "certificate has expired");
}

TEST(ClientTls, says_that_a_certificate_is_for_another_host) {
  const TlsServer server(ca().issue({.common_name = "127.0.0.1",  // which does not count
                                     .alternative_names = "DNS:other.example"}));
  expect_refused(get(server.url(), trusting_ca()), "IP address mismatch");
  expect_refused(get(server.url("localhost"), trusting_ca()), "hostname mismatch");
}

TEST(ClientTls, says_that_nobody_it_knows_vouches_for_a_certificate) {
  const TlsServer server(TestCa().issue({}));
  expect_refused(get(server.url(), trusting_ca()), "unable to get local issuer certificate");
  TlsOptions system_roots_only;
  expect_refused(get(server.url(), system_roots_only), "unable to get local issuer certificate");
}

TEST(ClientTls, a_ca_may_be_given_for_one_request) {
  const TlsServer server(ca().issue({}));
  const auto response = get(server.url(), TlsOptions{}, ca().cert_pem());
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(get(server.url(), TlsOptions{}, "not PEM").error().code, ErrorCode::Invalid);
}

TEST(ClientTls, expects_the_server_name_where_one_is_given) {
  const TlsServer server(ca().issue({.alternative_names = "DNS:api.example"}));
  TlsOptions tls = trusting_ca();
  tls.server_name = "api.example";
  EXPECT_TRUE(get(server.url(), tls).ok());
  tls.server_name = "other.example";
  expect_refused(get(server.url(), tls), "hostname mismatch");
}

TEST(ClientTls, believes_anybody_only_when_told_to) {
  const TlsServer server(TestCa().issue({.expired = true}));
  TlsOptions tls;
  tls.verify_peer = false;
  EXPECT_TRUE(get(server.url(), tls).ok());
}

TEST(ClientTls, a_peer_that_does_not_speak_tls_is_an_error_of_tls) {
  const RawPeer peer([](RawSocket& socket) {
    socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    socket.read_all();
  });
  expect_refused(get(peer.url("https"), trusting_ca()), "TLS: ");
}

TEST(ClientTls, refuses_certificates_and_keys_that_cannot_be_read) {
  const auto why = [](TlsOptions tls) {
    HttpClientOptions options;
    options.tls = std::move(tls);
    const auto client = make_http_client(std::move(options));
    return client.ok() ? std::string("accepted") : client.error().message;
  };
  const TestCertificate mine = ca().issue({});
  const TestCertificate other = ca().issue({});
  TlsOptions tls;
  tls.ca_pem = "nothing";
  EXPECT_NE(why(tls).find("CA certificates"), std::string::npos);
  tls.ca_pem = ca().cert_pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_NE(why(tls).find("certificate 2"), std::string::npos);
  tls.ca_pem.clear();
  tls.client_cert_pem = mine.cert_pem;
  EXPECT_NE(why(tls).find("client key"), std::string::npos);
  tls.client_key_pem = SecretString{other.key_pem};
  EXPECT_NE(why(tls).find("does not belong"), std::string::npos);
  tls.client_key_pem = SecretString{mine.key_pem};
  EXPECT_EQ(why(tls), "accepted");
}

// A TLS peer with a context of the test's making.
RawPeer::Script tls_script(std::function<void(asio::ssl::context&)> set_up,
                           std::function<void(asio::ssl::stream<asio::ip::tcp::socket&>&)> talk) {
  return [=](RawSocket& socket) {
    asio::ssl::context context(asio::ssl::context::tls_server);
    const TestCertificate certificate = ca().issue({});
    context.use_certificate_chain(asio::buffer(certificate.cert_pem));
    context.use_private_key(asio::buffer(certificate.key_pem), asio::ssl::context::pem);
    set_up(context);
    asio::ssl::stream<asio::ip::tcp::socket&> stream(socket.socket(), context);
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::server, error);
    if (!error) talk(stream);
  };
}

std::string read_head(asio::ssl::stream<asio::ip::tcp::socket&>& stream) {
  std::string head;
  boost::system::error_code error;
  asio::read_until(stream, asio::dynamic_buffer(head), "\r\n\r\n", error);
  return head;
}

TEST(ClientTls, shows_its_certificate_where_one_is_asked_for) {
  std::string subject;
  const RawPeer peer(tls_script(
      [](asio::ssl::context& context) {
        context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
        context.add_certificate_authority(asio::buffer(ca().cert_pem()));
      },
      [&](asio::ssl::stream<asio::ip::tcp::socket&>& stream) {
        read_head(stream);
        const std::unique_ptr<X509, decltype(&X509_free)> shown(
            SSL_get1_peer_certificate(stream.native_handle()), X509_free);
        char name[256] = {};
        X509_NAME_oneline(X509_get_subject_name(shown.get()), name, sizeof name);
        subject = name;
        boost::system::error_code ignored;
        asio::write(stream, asio::buffer(ok_response("ok")), ignored);
      }));
  TlsOptions tls = trusting_ca();
  EXPECT_EQ(get(peer.url("https"), tls).error().code, ErrorCode::Tls);  // and without: refused

  const TestCertificate mine = ca().issue({.common_name = "operator"});
  tls.client_cert_pem = mine.cert_pem;
  tls.client_key_pem = SecretString{mine.key_pem};
  const auto response = get(peer.url("https"), tls);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(subject, "/CN=operator");
}

TEST(ClientTls, refuses_versions_before_1_2) {
  const RawPeer peer(tls_script(
      [](asio::ssl::context& context) {
        SSL_CTX_set_security_level(context.native_handle(), 0);
        SSL_CTX_set_cipher_list(context.native_handle(), "ALL:@SECLEVEL=0");
        SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
      },
      [](asio::ssl::stream<asio::ip::tcp::socket&>&) { ADD_FAILURE() << "spoke TLS 1.1"; }));
  expect_refused(get(peer.url("https"), trusting_ca()), "TLS: ");
}

TEST(ClientTls, names_the_server_it_wants_but_never_by_address) {
  const RawPeer peer(tls_script(
      [](asio::ssl::context&) {},
      [](asio::ssl::stream<asio::ip::tcp::socket&>& stream) {
        read_head(stream);
        const char* name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
        boost::system::error_code ignored;
        asio::write(stream, asio::buffer(ok_response(name == nullptr ? "" : name)), ignored);
      }));
  const auto by_address = get(peer.url("https"), trusting_ca());
  ASSERT_TRUE(by_address.ok()) << by_address.error().message;
  EXPECT_EQ(by_address->body, "");
  TlsOptions named = trusting_ca();
  named.server_name = "api.example";
  named.verify_peer = false;
  const auto by_name = get(peer.url("https"), named);
  ASSERT_TRUE(by_name.ok()) << by_name.error().message;
  EXPECT_EQ(by_name->body, "api.example");
}

TEST(ClientTls, an_endless_header_and_an_endless_chunk_are_too_large) {
  for (const std::string start :
       {"HTTP/1.1 200 OK\r\nX-A: ",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n"}) {
    const RawPeer peer(tls_script([](asio::ssl::context&) {},
                                  [&](asio::ssl::stream<asio::ip::tcp::socket&>& stream) {
                                    read_head(stream);
                                    boost::system::error_code error;
                                    asio::write(stream, asio::buffer(start), error);
                                    const std::string more(1 << 14, 'x');
                                    while (!error) asio::write(stream, asio::buffer(more), error);
                                  }));
    const auto response = get(peer.url("https"), trusting_ca());
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.error().code, ErrorCode::TooLarge) << response.error().message;
  }
}

// As a CONNECT proxy does it: bytes from one side to the other until one of them closes.
void relay(asio::ip::tcp::socket& from, asio::ip::tcp::socket& to) {
  char bytes[4096];
  boost::system::error_code error;
  while (true) {
    const std::size_t size = from.read_some(asio::buffer(bytes), error);
    if (error) break;
    asio::write(to, asio::buffer(bytes, size), error);
    if (error) break;
  }
  to.shutdown(asio::ip::tcp::socket::shutdown_both, error);
}

TEST(ClientTls, goes_through_a_proxy_and_still_checks_the_peer) {
  const TlsServer server(ca().issue({.alternative_names = "DNS:secure.example"}));
  std::string asked;
  const RawPeer proxy([&](RawSocket& socket) {
    asked = socket.read_message();
    RawClient behind(server.port());
    socket.write("HTTP/1.1 200 Connected\r\n\r\n");
    std::jthread back([&] { relay(behind->socket(), socket.socket()); });
    relay(socket.socket(), behind->socket());
  });
  ProxyOptions options;
  options.https_proxy = "127.0.0.1:" + std::to_string(proxy.port());
  const auto response = get("https://secure.example/", trusting_ca(), {}, options);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->body, "hello");
  EXPECT_TRUE(asked.starts_with("CONNECT secure.example:443 HTTP/1.1\r\n")) << asked;
  expect_refused(get("https://other.example/", trusting_ca(), {}, options), "hostname mismatch");
}

TEST(ClientTls, says_what_a_proxy_answered) {
  const RawPeer proxy([](RawSocket& socket) {
    socket.read_message();
    socket.write("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    socket.read_all();
  });
  ProxyOptions options;
  options.https_proxy = "127.0.0.1:" + std::to_string(proxy.port());
  const auto response = get("https://secure.example/", trusting_ca(), {}, options);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::Unavailable);
  EXPECT_NE(response.error().message.find("407"), std::string::npos) << response.error().message;
}

}  // namespace
}  // namespace net
