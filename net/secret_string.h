// A string that must never be shown: it cannot be formatted, streamed or compared by accident, and
// its memory is wiped before it is given back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace net {

// Overwrites the bytes of `text` in a way that the optimiser keeps (OPENSSL_cleanse), then empties
// it.
void wipe(std::string& text);

// Thread safety: like std::string.
class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string value) : value_(std::move(value)) {}
  SecretString(const SecretString&) = default;
  SecretString(SecretString&& other) noexcept : value_(std::move(other.value_)) {
    wipe(other.value_);
  }
  SecretString& operator=(const SecretString& other) {
    if (this != &other) {
      wipe(value_);
      value_ = other.value_;
    }
    return *this;
  }
  SecretString& operator=(SecretString&& other) noexcept {
    if (this != &other) {
      wipe(value_);
      value_ = other.value_;
      wipe(other.value_);
    }
    return *this;
  }
  ~SecretString() { wipe(value_); }

  // The one way to the value. The caller is responsible for its further path.
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  std::size_t size() const { return value_.size(); }

  // Constant time in the length of the values.
  friend bool operator==(const SecretString& a, const SecretString& b);

 private:
  std::string value_;
};

}  // namespace net
