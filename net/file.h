// Files that are read whole: settings, certificates, tokens.
#pragma once

#include <string>

#include "net/result.h"

namespace net {

// All of it, byte for byte; "PATH: cannot be read" (NotFound) for what is not there, is a folder,
// or is not allowed.
Result<std::string> read_file(const std::string& path);

}  // namespace net
