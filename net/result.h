// Errors are values: Result<T> holds a T or an Error with a code of a closed list.
//
//   net::Result<Token> token = parse_token(text);
//   if (!token.ok()) return token.error();
//   use(*token);
#pragma once

#include <cassert>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace net {

// The kinds of errors on which a caller can act. The names are those of Kubernetes' API errors
// (metav1.StatusReason) where one fits.
enum class ErrorCode {
  Invalid,          // the input is wrong; trying again does not help
  NotFound,         // 404
  AlreadyExists,    // 409 on create
  Conflict,         // 409: somebody else wrote first
  Gone,             // 410: the version asked for is no longer kept
  Unauthorized,     // 401
  Forbidden,        // 403
  TooManyRequests,  // 429; retry_after may say when
  Unavailable,      // 5xx, refused or broken connections, DNS
  Tls,              // the peer could not be authenticated
  Timeout,          // the deadline passed
  Cancelled,        // a stop was requested
  TooLarge,         // an answer exceeded its bound
  Internal,         // a library failed in a way that should not happen
};

// "Conflict", "TooManyRequests", …: for logs and metrics.
const char* to_string(ErrorCode code);

// An error: the code for the program, the message for a person. A message never contains a secret.
struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;
  std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

// Either a value or an Error. Not thread-safe, like the value in it.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }

  // Precondition of the accessors: ok() is true, or false for error().
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& value() {
    assert(ok());
    return *std::get_if<T>(&state_);
  }
  const T& value() const {
    assert(ok());
    return *std::get_if<T>(&state_);
  }
  const Error& error() const {
    assert(!ok());
    return *std::get_if<Error>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    assert(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace net
