#include "net/file.h"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>

namespace net {

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // A directory opens, but cannot be read from; an empty file leaves nothing to insert.
  if (!file || (file.peek() != EOF && !(text << file.rdbuf())) || file.bad())
    return Error{ErrorCode::NotFound, path + ": cannot be read"};
  return std::move(text).str();
}

}  // namespace net
