#include "net/secret_string.h"

#include <openssl/crypto.h>

namespace net {

void wipe(std::string& text) {
  text.resize(text.capacity());  // what an earlier, longer value left behind goes too
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

bool operator==(const SecretString& a, const SecretString& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.value_.data(), b.value_.data(), a.size()) == 0;
}

}  // namespace net
