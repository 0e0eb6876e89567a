// Describes a thrown exception, for logs.
#pragma once

#include <string>

namespace net {

// Returns the type of the exception that is being handled ("std::bad_alloc"); call it in a catch
// block. The exception's text is left out, since it may quote a secret.
std::string thrown_type();

}  // namespace net
