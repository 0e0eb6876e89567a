// Expressions of the Common Expression Language (cel-spec, langdef.md), evaluated as an API server
// evaluates the validation rules of a CRD. Knows no Kubernetes.
//
//   const auto rule = cel::Expression::parse("has(self.issuer) || self.hosts.size() == 0");
//   const auto holds = rule->evaluate({{"self", spec}});
//
// This is a subset. It has
//   - literals: true, false, integers, 'strings' without escapes, r'raw strings' and [lists]
//   - self.member, list[0], map['key'], has(self.member)
//   - || && ! == != < <= > >= in, and + of strings
//   - the macros all, exists, exists_one and filter, each with one variable
//   - size, matches (RE2, as in the API server), startsWith, endsWith, contains, lowerAscii and
//     duration
// parse() refuses anything else by name. There is no type checker: the API server is one, and it
// refuses a CRD with an expression of wrong types.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "net/json.h"
#include "net/result.h"

namespace cel {

struct Node;

using Variables = std::map<std::string, net::Json, std::less<>>;

// Immutable, and so safe for concurrent use.
class Expression {
 public:
  // Invalid, with the place, for text that is not CEL or outside of the subset.
  static net::Result<Expression> parse(std::string_view text);

  // Returns whether the variable `name` occurs in it. A rule of Kubernetes with `oldSelf` is about
  // changes.
  bool uses(std::string_view name) const;

  // Invalid if CEL has an error: a missing member, an operand of a wrong type, an invalid regular
  // expression or duration, or a duration as the result. As in CEL, an error on one side of || or
  // && does not count if the other side decides alone.
  net::Result<net::Json> evaluate(const Variables& variables) const;

 private:
  explicit Expression(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

  std::shared_ptr<const Node> root_;
};

}  // namespace cel
