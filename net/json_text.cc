#include "net/json_text.h"

#include <cstddef>

namespace net {
namespace {

// Pruner recurses so deep and no deeper.
constexpr std::size_t kDeepest = 64;

// Reads tokens one after the other. White space before a token is skipped.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  // '\0' at the end.
  char peek() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c || c == '\0') return false;
    ++at_;
    return true;
  }
  // With its quotes.
  std::optional<std::string_view> string() {
    if (peek() != '"') return std::nullopt;
    const std::size_t begin = at_;
    return skip_string() ? std::optional(text_.substr(begin, at_ - begin)) : std::nullopt;
  }
  // Of any kind. In a loop and not by recursion: it may be nested as deep as its author likes.
  std::optional<std::string_view> value() {
    const char first = peek();
    const std::size_t begin = at_;
    const bool whole = first == '"'                   ? skip_string()
                       : first == '{' || first == '[' ? skip_nested()
                                                      : skip_scalar();
    return whole ? std::optional(text_.substr(begin, at_ - begin)) : std::nullopt;
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  bool skip_string() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      if (text_[at_] == '\\') ++at_;
    }
    return false;
  }
  bool skip_nested() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!skip_string()) return false;
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }
  bool skip_scalar() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) &&
           std::string_view(",:]}\"[{").find(text_[at_]) == std::string_view::npos)
      ++at_;
    return at_ > begin;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string_view without_quotes(std::string_view string) {
  return string.substr(1, string.size() - 2);
}

// Each function consumes what it is called after, and returns false where the text makes no sense.
class Pruner {
 public:
  Pruner(std::string_view text, const KeepMember& keep) : cursor_(text), keep_(keep) {}

  std::optional<std::string> run() {
    if (!value(0) || cursor_.peek() != '\0') return std::nullopt;
    return std::move(kept_);
  }

 private:
  bool value(std::size_t depth) {
    const char first = cursor_.peek();
    if (first == '{' && depth < kDeepest) return object(depth);
    if (first == '[' && depth < kDeepest) return array(depth);
    const auto whole = cursor_.value();
    if (whole) kept_ += *whole;
    return whole.has_value();
  }

  bool object(std::size_t depth) {
    cursor_.take('{');
    kept_ += '{';
    if (!cursor_.take('}')) {
      do {
        if (!member(depth)) return false;
      } while (cursor_.take(','));
      if (!cursor_.take('}')) return false;
    }
    kept_ += '}';
    return true;
  }

  bool member(std::size_t depth) {
    const auto key = cursor_.string();
    if (!key || !cursor_.take(':')) return false;
    path_.push_back(without_quotes(*key));
    const bool wanted = keep_(path_);
    if (wanted) {
      if (kept_.back() != '{') kept_ += ',';
      kept_.append(*key) += ':';
    }
    const bool whole = wanted ? value(depth + 1) : cursor_.value().has_value();
    path_.pop_back();
    return whole;
  }

  bool array(std::size_t depth) {
    cursor_.take('[');
    kept_ += '[';
    if (!cursor_.take(']')) {
      do {
        if (kept_.back() != '[') kept_ += ',';
        if (!value(depth + 1)) return false;
      } while (cursor_.take(','));
      if (!cursor_.take(']')) return false;
    }
    kept_ += ']';
    return true;
  }

  Cursor cursor_;
  const KeepMember& keep_;
  JsonPath path_;
  std::string kept_;
};

}  // namespace

std::optional<std::string> keep_members(std::string_view text, const KeepMember& keep) {
  return Pruner(text, keep).run();
}

std::vector<std::string_view> elements_of(std::string_view text, std::string_view key) {
  Cursor cursor(text);
  if (!cursor.take('{')) return {};
  while (const auto name = cursor.string()) {
    if (!cursor.take(':')) return {};
    if (without_quotes(*name) == key) break;
    if (!cursor.value() || !cursor.take(',')) return {};
  }
  std::vector<std::string_view> elements;
  if (!cursor.take('[')) return {};
  while (const auto element = cursor.value()) {
    elements.push_back(*element);
    if (!cursor.take(',')) break;
  }
  return elements;
}

}  // namespace net
