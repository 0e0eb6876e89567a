#include "net/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace net {
namespace {

constexpr std::size_t kSha256Bytes = 32;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(bytes_of(bytes), static_cast<int>(count)) != 1) std::abort();
  return bytes;
}

std::string sha256(std::string_view data) {
  std::string digest(kSha256Bytes, '\0');
  SHA256(bytes_of(data), data.size(), bytes_of(digest));
  return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::string mac(kSha256Bytes, '\0');
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(data), data.size(),
           bytes_of(mac), &size) == nullptr) {
    std::abort();
  }
  return mac;
}

std::string derive_key(std::string_view secret, std::string_view purpose) {
  // OSSL_PARAM takes its input without const, and refuses a null pointer even for an empty one.
  std::string digest = "SHA256";
  std::string key(secret);
  std::string info(purpose);
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> hkdf(
      EVP_KDF_fetch(nullptr, "HKDF", nullptr), EVP_KDF_free);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(
      EVP_KDF_CTX_new(hkdf.get()), EVP_KDF_CTX_free);
  std::string derived(kSha256Bytes, '\0');
  const bool ok = context != nullptr &&
                  EVP_KDF_derive(context.get(), bytes_of(derived), derived.size(), params) == 1;
  OPENSSL_cleanse(key.data(), key.size());
  if (!ok) std::abort();
  return derived;
}

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock adds a NUL
  const int length =
      EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string base64url(std::string_view bytes) {
  std::string text = base64(bytes);
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

Result<std::string> parse_base64(std::string_view text) {
  std::string compact;
  compact.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(compact),
               [](char c) { return !is_white_space(c); });
  const std::size_t padding = std::count(compact.begin(), compact.end(), '=');
  std::string bytes(compact.size() / 4 * 3, '\0');
  const int length = compact.size() % 4 != 0 || padding > 2
                         ? -1
                         : EVP_DecodeBlock(bytes_of(bytes), bytes_of(std::string_view{compact}),
                                           static_cast<int>(compact.size()));
  if (length >= 0) bytes.resize(static_cast<std::size_t>(length) - padding);
  // EVP_DecodeBlock is lenient (padding in the middle, stray bits): only what encodes back to
  // itself is base64.
  if (length < 0 || base64(bytes) != compact) {
    return Error{ErrorCode::Invalid, "not base64 (RFC 4648 section 4, with padding)"};
  }
  return bytes;
}

std::string random_uuid() {
  std::string bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);  // the RFC's variant
  std::string text = hex(bytes);
  for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, "-");
  return text;
}

}  // namespace net
