#include "net/file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace net {

Result<std::string> read_file(const std::string& path) {
  const auto failure = [&] {
    return Error{ErrorCode::NotFound, path + ": cannot be read: " + std::strerror(errno)};
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (file == nullptr) return failure();
  std::string text;
  char bytes[4096];
  while (const std::size_t count = std::fread(bytes, 1, sizeof bytes, file.get()))
    text.append(bytes, count);
  if (std::ferror(file.get()) != 0) return failure();  // e.g. of a folder, which can be opened
  return text;
}

}  // namespace net
