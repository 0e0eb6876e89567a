// A fuzzer's assertions. A target is one function: it reads an input, lets the engine judge it, and
// names the engine's broken promises.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

class Promises {
 public:
  // `seen`: the text that broke it.
  void keep(bool held, const char* promise, std::string_view seen = {});
  // `text` may be in a status: valid UTF-8, without characters that control a terminal or turn text
  // around, of at most `most_characters`.
  void keep_presentable(const char* what, std::string_view text, std::size_t most_characters);
  // `text` has none of `forms`, which are in lower case, in any case.
  void keep_secret(const char* what, std::string_view text, const std::vector<std::string>& forms);

  const std::vector<std::string>& broken() const { return broken_; }

 private:
  std::vector<std::string> broken_;
};

// Each target defines these two: its name, which is also its corpus's, and its assertions. Empty:
// no promise is broken.
extern const char* const kTarget;
std::vector<std::string> broken_promises(std::string_view input);

}  // namespace fuzz
