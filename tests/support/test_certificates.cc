#include "support/test_certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace support {
namespace {

constexpr long kHour = 3600;

std::shared_ptr<EVP_PKEY> make_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

template <class Write>
std::string to_pem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  write(out.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string certificate_pem(X509* certificate) {
  return to_pem([&](BIO* out) { PEM_write_bio_X509(out, certificate); });
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// No two authorities have the same name: a client must not take one's certificate for the other's
// with a bad signature.
std::string authority_name() {
  static int made = 0;
  return "test CA " + std::to_string(++made);
}

std::shared_ptr<X509> make_certificate(const std::string& common_name, EVP_PKEY* key) {
  static long serial = 0;
  std::shared_ptr<X509> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kHour);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

}  // namespace

TestCa::TestCa() : key_(make_key()), cert_(make_certificate(authority_name(), key_.get())) {
  X509_set_issuer_name(cert_.get(), X509_get_subject_name(cert_.get()));
  add_extension(cert_.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(cert_.get(), NID_key_usage, "critical,keyCertSign");
  X509_sign(cert_.get(), key_.get(), EVP_sha256());
  cert_pem_ = certificate_pem(cert_.get());
}

TestCertificate TestCa::issue(const TestSubject& subject) const {
  const auto key = make_key();
  const auto certificate = make_certificate(subject.common_name, key.get());
  if (subject.expired) X509_gmtime_adj(X509_getm_notAfter(certificate.get()), -kHour);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(cert_.get()));
  add_extension(certificate.get(), NID_subject_alt_name, subject.alternative_names);
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  const std::string key_pem = to_pem([&](BIO* out) {
    PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return {certificate_pem(certificate.get()), key_pem};
}

}  // namespace support
