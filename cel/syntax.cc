#include "cel/syntax.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <initializer_list>

#include "cel/functions.h"

namespace cel {

namespace {

using net::Error;
using net::Result;
using std::string_view;

struct Token {
  enum class Kind { End, Name, Integer, String, Sign };

  Kind kind = Kind::End;
  std::string text = {};  // of a string: its value
  std::size_t column = 0;
};

Error invalid(std::size_t column, const std::string& what) {
  return {net::ErrorCode::Invalid, "column " + std::to_string(column + 1) + ": " + what};
}

bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool continues_name(char c) { return begins_name(c) || is_digit(c); }

class Lexer {
 public:
  explicit Lexer(string_view text) : text_(text) {}

  Result<std::vector<Token>> tokens() {
    std::vector<Token> all;
    for (;;) {
      while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
      auto token = next();
      if (!token.ok()) return token.error();
      all.push_back(std::move(*token));
      if (all.back().kind == Token::Kind::End) return all;
    }
  }

 private:
  Result<Token> next() {
    const std::size_t begin = at_;
    if (at_ == text_.size()) return Token{.column = begin};
    const string_view rest = text_.substr(at_);
    if (rest.starts_with("r'") || rest.starts_with("r\"")) return string(true);
    if (rest.front() == '\'' || rest.front() == '"') return string(false);
    if (begins_name(rest.front())) return run(Token::Kind::Name, continues_name);
    if (is_digit(rest.front())) return run(Token::Kind::Integer, is_digit);
    for (const string_view sign : {"||", "&&", "==", "!=", "<=", ">="})
      if (rest.starts_with(sign)) return take(sign.size());
    if (string_view("!<>+.,()[]").find(rest.front()) != string_view::npos) return take(1);
    return invalid(begin, std::string("'") + rest.front() + "' is not in the subset");
  }

  Token take(std::size_t length) {
    Token token{Token::Kind::Sign, std::string(text_.substr(at_, length)), at_};
    at_ += length;
    return token;
  }

  Token run(Token::Kind kind, bool (*belongs)(char)) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return {kind, std::string(text_.substr(begin, at_ - begin)), begin};
  }

  Result<Token> string(bool raw) {
    Token token{Token::Kind::String, {}, at_};
    if (raw) ++at_;
    const char quote = text_[at_++];
    for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && !raw)
        return invalid(at_, "escapes are not in the subset: write a raw string, r'...'");
      token.text += text_[at_];
    }
    if (at_ == text_.size()) return invalid(token.column, "a string without its end");
    ++at_;
    return token;
  }

  const string_view text_;
  std::size_t at_ = 0;
};

// Recursive descent, a function for each level of precedence (cel-spec, langdef.md, "Syntax").
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<Node> parse() {
    auto root = disjunction();
    if (root.ok() && token().kind != Token::Kind::End) return unexpected();
    return root;
  }

 private:
  const Token& token() const { return tokens_[at_]; }
  bool is(string_view sign) const {
    return token().kind == Token::Kind::Sign && token().text == sign;
  }
  bool skip(string_view sign) {
    if (!is(sign)) return false;
    ++at_;
    return true;
  }
  Error unexpected() const {
    return invalid(token().column, token().kind == Token::Kind::End
                                       ? "the expression ends too early"
                                       : "'" + token().text + "' is not expected here");
  }

  static Node call(std::string name, std::vector<Node> operands) {
    return {.kind = Node::Kind::Call, .name = std::move(name), .operands = std::move(operands)};
  }

  Result<Node> disjunction() { return binary(&Parser::conjunction, {"||"}); }
  Result<Node> conjunction() { return binary(&Parser::relation, {"&&"}); }
  Result<Node> relation() { return binary(&Parser::sum, {"==", "!=", "<", "<=", ">", ">=", "in"}); }
  Result<Node> sum() { return binary(&Parser::negation, {"+"}); }

  // Left-associative.
  Result<Node> binary(Result<Node> (Parser::*operand)(),
                      std::initializer_list<string_view> operators) {
    auto left = (this->*operand)();
    while (left.ok()) {
      const bool word = token().kind == Token::Kind::Name || token().kind == Token::Kind::Sign;
      const std::string name = token().text;
      if (!word || std::find(operators.begin(), operators.end(), name) == operators.end()) break;
      ++at_;
      auto right = (this->*operand)();
      if (!right.ok()) return right;
      left = call(name, {std::move(*left), std::move(*right)});
    }
    return left;
  }

  Result<Node> negation() {
    if (!skip("!")) return selection();
    auto operand = negation();
    if (!operand.ok()) return operand;
    return call("!", {std::move(*operand)});
  }

  // a.b, a.f(b) and a[b], one after another.
  Result<Node> selection() {
    auto node = primary();
    while (node.ok()) {
      if (skip("[")) {
        auto index = disjunction();
        if (!index.ok()) return index;
        if (!skip("]")) return unexpected();
        node = call("[]", {std::move(*node), std::move(*index)});
      } else if (skip(".")) {
        if (token().kind != Token::Kind::Name) return unexpected();
        const Token name = tokens_[at_++];
        if (is("(")) {
          node = function(name, {std::move(*node)});
        } else {
          node =
              Node{.kind = Node::Kind::Member, .name = name.text, .operands = {std::move(*node)}};
        }
      } else {
        break;
      }
    }
    return node;
  }

  Result<Node> primary() {
    const Token first = token();
    if (skip("(")) {
      auto inner = disjunction();
      if (inner.ok() && !skip(")")) return unexpected();
      return inner;
    }
    if (skip("[")) {
      Node list{.kind = Node::Kind::List};
      if (auto read = operands_until("]", list.operands); !read.ok()) return read.error();
      return list;
    }
    if (first.kind == Token::Kind::Integer) return integer();
    if (first.kind == Token::Kind::Sign || first.kind == Token::Kind::End) return unexpected();
    ++at_;
    if (first.kind == Token::Kind::String) return Node{.literal = first.text};
    if (first.text == "true" || first.text == "false") return Node{.literal = first.text == "true"};
    if (is("(")) return function(first, {});
    return Node{.kind = Node::Kind::Variable, .name = first.text};
  }

  Result<Node> integer() {
    const std::string& text = token().text;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return invalid(token().column, text + " is too large");
    ++at_;
    return Node{.literal = value};
  }

  // Parses the rest after its name; `operands` has the operand before the dot.
  Result<Node> function(const Token& name, std::vector<Node> operands) {
    ++at_;
    if (auto read = operands_until(")", operands); !read.ok()) return read.error();
    const bool fits =
        name.text == "has"    ? operands.size() == 1 && operands[0].kind == Node::Kind::Member
        : is_macro(name.text) ? operands.size() == 3 && operands[1].kind == Node::Kind::Variable
                              : find_function(name.text, operands.size()) != nullptr;
    if (!fits)
      return invalid(name.column, name.text + "() with such operands is not in the subset");
    return call(name.text, std::move(operands));
  }

  net::Status operands_until(string_view end, std::vector<Node>& operands) {
    if (skip(end)) return {};
    do {
      auto operand = disjunction();
      if (!operand.ok()) return operand.error();
      operands.push_back(std::move(*operand));
    } while (skip(","));
    if (!skip(end)) return unexpected();
    return {};
  }

  const std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_macro(string_view name) {
  constexpr std::array<string_view, 4> kMacros = {"all", "exists", "exists_one", "filter"};
  return std::find(kMacros.begin(), kMacros.end(), name) != kMacros.end();
}

Result<Node> parse_syntax(string_view text) {
  auto tokens = Lexer(text).tokens();
  if (!tokens.ok()) return tokens.error();
  return Parser(std::move(*tokens)).parse();
}

}  // namespace cel
