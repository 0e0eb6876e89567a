#include "net/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <utility>

namespace net {
namespace {

using Certificates = std::vector<std::shared_ptr<X509>>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio reading(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
}

// An encrypted key fails instead of asking on the terminal.
int no_password(char*, int, int, void*) { return -1; }

// All certificates of `pem`, at least one.
Result<Certificates> read_certificates(std::string_view pem, const std::string& what) {
  const Bio bio = reading(pem);
  Certificates certificates;
  ERR_clear_error();
  while (X509* each = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    certificates.emplace_back(each, X509_free);
  }
  // Reading ends with "no start line" where nothing but text is left.
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (certificates.empty()) return Error{ErrorCode::Invalid, what + ": no PEM certificate in it"};
  if (!at_end) {
    return Error{
        ErrorCode::Invalid,
        what + ": certificate " + std::to_string(certificates.size() + 1) + " cannot be read"};
  }
  return certificates;
}

Result<std::shared_ptr<EVP_PKEY>> read_key(const SecretString& pem, const std::string& what) {
  const Bio bio = reading(pem.reveal());
  std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr),
                                EVP_PKEY_free);
  ERR_clear_error();
  if (key == nullptr) {
    return Error{ErrorCode::Invalid,
                 what + ": no PEM private key in it (encrypted keys are not supported)"};
  }
  return key;
}

// A CA given by the user is trusted whether or not it is self-signed, as Go does.
Result<std::shared_ptr<X509_STORE>> make_roots(bool system_roots,
                                               std::initializer_list<std::string_view> bundles) {
  std::shared_ptr<X509_STORE> store(X509_STORE_new(), X509_STORE_free);
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  if (system_roots) X509_STORE_set_default_paths(store.get());
  for (const std::string_view pem : bundles) {
    if (pem.empty()) continue;
    const auto certificates = read_certificates(pem, "CA certificates");
    if (!certificates.ok()) return certificates.error();
    for (const auto& each : *certificates) X509_STORE_add_cert(store.get(), each.get());
  }
  ERR_clear_error();
  return store;
}

bool is_address(const std::string& host) {
  in6_addr buffer{};
  return inet_pton(AF_INET, host.c_str(), &buffer) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &buffer) == 1;
}

// The data of the callbacks; belongs to the SSL_CTX and is freed with it.
struct Peer {
  std::string name;
  std::shared_ptr<TlsTrace> trace;
};

int peer_index() {
  static const int index = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr, [](void*, void* peer, CRYPTO_EX_DATA*, int, long, void*) {
        delete static_cast<Peer*>(peer);
      });
  return index;
}

std::string subject_of(X509_STORE_CTX* store) {
  X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (certificate == nullptr) return {};
  const Bio out(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

// Replaces OpenSSL's own call of X509_verify_cert, and with it cpprestsdk's callback, which gives
// no reason and knows no other name than the URL's.
int verify(X509_STORE_CTX* store, void* argument) {
  const Peer& peer = *static_cast<const Peer*>(argument);
  X509_STORE_CTX_set_verify_cb(store, [](int ok, X509_STORE_CTX*) { return ok; });
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(store);
  X509_VERIFY_PARAM_set_hostflags(
      parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const bool set =
      is_address(peer.name)
          ? X509_VERIFY_PARAM_set1_ip_asc(parameters, peer.name.c_str()) == 1
          : X509_VERIFY_PARAM_set1_host(parameters, peer.name.data(), peer.name.size()) == 1;
  const bool believed = set && X509_verify_cert(store) == 1;
  // A search through the system's roots leaves errors behind. They would hide the relevant one.
  ERR_clear_error();
  if (believed) {
    peer.trace->peer_believed();
    return 1;
  }
  peer.trace->peer_refused(
      std::string(X509_verify_cert_error_string(X509_STORE_CTX_get_error(store))) +
      " (certificate of \"" + subject_of(store) + "\", expected for " + peer.name + ")");
  return 0;
}

// RFC 6066 section 3: names only, never addresses. Set here because cpprestsdk knows only the URL's
// host.
void name_server(const SSL* ssl, int where, int) {
  if ((where & SSL_CB_HANDSHAKE_START) == 0) return;
  const auto* peer =
      static_cast<const Peer*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), peer_index()));
  if (!is_address(peer->name)) SSL_set_tlsext_host_name(const_cast<SSL*>(ssl), peer->name.c_str());
}

void count_record(int written, int, int content_type, const void* bytes, std::size_t size, SSL*,
                  void* argument) {
  if (written != 0 || content_type != SSL3_RT_HEADER || size < SSL3_RT_HEADER_LENGTH) return;
  const auto* header = static_cast<const unsigned char*>(bytes);
  static_cast<const Peer*>(argument)->trace->count_received(
      static_cast<std::size_t>(header[3]) << 8 | header[4]);
}

}  // namespace

void TlsTrace::limit_received(std::size_t limit, std::function<void()> on_excess) {
  limit_ = limit;
  on_excess_ = std::move(on_excess);
}

void TlsTrace::count_received(std::size_t bytes) {
  if (!on_excess_) return;
  const std::size_t before = received_.fetch_add(bytes);
  if (before <= limit_ && before + bytes > limit_) on_excess_();
}

void TlsTrace::peer_refused(std::string reason) {
  const MutexLock guard(mutex_);
  refusal_ = std::move(reason);
}

void TlsTrace::peer_believed() {
  const MutexLock guard(mutex_);
  refusal_.clear();
}

std::string TlsTrace::refusal() const {
  const MutexLock guard(mutex_);
  return refusal_;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsOptions& options,
                                                           std::string_view more_ca_pem) {
  auto context = std::make_shared<TlsContext>();
  auto roots = make_roots(options.system_roots, {options.ca_pem, more_ca_pem});
  if (!roots.ok()) return roots.error();
  context->roots_ = std::move(*roots);
  context->server_name_ = options.server_name;
  context->verify_peer_ = options.verify_peer;
  if (!options.client_cert_pem.empty()) {
    auto certificates = read_certificates(options.client_cert_pem, "client certificate");
    if (!certificates.ok()) return certificates.error();
    auto key = read_key(options.client_key_pem, "client key");
    if (!key.ok()) return key.error();
    if (X509_check_private_key(certificates->front().get(), key->get()) != 1) {
      ERR_clear_error();
      return Error{ErrorCode::Invalid, "client key: it does not belong to the client certificate"};
    }
    context->certificates_ = std::move(*certificates);
    context->key_ = std::move(*key);
  }
  return std::shared_ptr<const TlsContext>(std::move(context));
}

void TlsContext::apply(SSL_CTX* context, const std::string& host,
                       std::shared_ptr<TlsTrace> trace) const {
  auto* peer = new Peer{server_name_.empty() ? host : server_name_, std::move(trace)};
  SSL_CTX_set_ex_data(context, peer_index(), peer);  // the SSL_CTX owns it from here on
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set1_cert_store(context, roots_.get());
  if (verify_peer_) SSL_CTX_set_cert_verify_callback(context, verify, peer);
  SSL_CTX_set_info_callback(context, name_server);
  SSL_CTX_set_msg_callback(context, count_record);
  SSL_CTX_set_msg_callback_arg(context, peer);
  if (certificates_.empty()) return;
  SSL_CTX_use_certificate(context, certificates_.front().get());
  SSL_CTX_use_PrivateKey(context, key_.get());
  for (std::size_t i = 1; i < certificates_.size(); ++i) {
    SSL_CTX_add1_chain_cert(context, certificates_[i].get());
  }
}

std::string tls_reason(unsigned long packed_error) {
  if (ERR_GET_LIB(packed_error) != ERR_LIB_SSL) return {};
  const char* reason = ERR_reason_error_string(packed_error);
  return reason == nullptr ? "TLS error" : reason;
}

}  // namespace net
