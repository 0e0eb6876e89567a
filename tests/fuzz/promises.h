// What a fuzzer asserts. A target is one function: it reads an input, lets the engine judge it, and
// says which of the engine's promises that broke.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

class Promises {
 public:
  // `seen`: what broke it.
  void keep(bool held, const char* promise, std::string_view seen = {});
  // `text` may stand in a status: valid UTF-8, without what controls a terminal or turns text
  // around, of at most `most_characters`.
  void keep_presentable(const char* what, std::string_view text, std::size_t most_characters);
  // None of `forms`, which are in lower case, is in `text`, in whatever case.
  void keep_secret(const char* what, std::string_view text, const std::vector<std::string>& forms);

  const std::vector<std::string>& broken() const { return broken_; }

 private:
  std::vector<std::string> broken_;
};

// Each target defines these two: its name, which is that of its corpus, and what it asserts. Empty:
// all is as it should be.
extern const char* const kTarget;
std::vector<std::string> broken_promises(std::string_view input);

}  // namespace fuzz
