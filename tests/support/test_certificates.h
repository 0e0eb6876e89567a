// Certificates made for each run, so that the repository has no key and none expires in it.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

namespace support {

struct TestCertificate {
  std::string cert_pem;
  std::string key_pem;
};

struct TestSubject {
  std::string common_name = "test";
  std::string alternative_names =
      "IP:127.0.0.1";  // as OpenSSL writes them: "DNS:a.example,IP:127.0.0.1"
  bool expired = false;
};

// A certification authority of its own.
class TestCa {
 public:
  TestCa();
  const std::string& cert_pem() const { return cert_pem_; }
  TestCertificate issue(const TestSubject& subject) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> cert_;
  std::string cert_pem_;
};

}  // namespace support
