// The few cryptographic and encoding functions that the layers share; all of them OpenSSL's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "net/result.h"

namespace net {

std::string random_bytes(
    std::size_t count);  // from the operating system's generator; aborts if there is none
std::string sha256(std::string_view data);                             // 32 raw bytes
std::string hmac_sha256(std::string_view key, std::string_view data);  // 32 raw bytes (RFC 2104)
// HKDF-SHA256 (RFC 5869) of 32 bytes: one purpose, one key.
std::string derive_key(std::string_view secret, std::string_view purpose);

std::string hex(std::string_view bytes);                  // lower case
std::string base64(std::string_view bytes);               // RFC 4648 section 4, padded
std::string base64url(std::string_view bytes);            // RFC 4648 section 5, unpadded
Result<std::string> parse_base64(std::string_view text);  // section 4; else Invalid; skips spaces
// Random, version 4 (RFC 9562): "f81d4fae-7dec-4d0d-a765-00a0c91e6bf6".
std::string random_uuid();

}  // namespace net
