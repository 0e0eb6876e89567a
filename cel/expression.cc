#include "cel/expression.h"

#include <algorithm>

#include "cel/evaluate.h"
#include "cel/syntax.h"

namespace cel {

namespace {

bool names(const Node& node, std::string_view name) {
  return (node.kind == Node::Kind::Variable && node.name == name) ||
         std::any_of(node.operands.begin(), node.operands.end(),
                     [&](const Node& operand) { return names(operand, name); });
}

}  // namespace

net::Result<Expression> Expression::parse(std::string_view text) {
  auto root = parse_syntax(text);
  if (!root.ok()) return root.error();
  return Expression(std::make_shared<const Node>(std::move(*root)));
}

bool Expression::uses(std::string_view name) const { return names(*root_, name); }

net::Result<net::Json> Expression::evaluate(const Variables& variables) const {
  auto value = cel::evaluate(*root_, variables);
  if (!value.ok()) return value.error();
  if (auto* json = std::get_if<net::Json>(&*value)) return std::move(*json);
  return net::Error{net::ErrorCode::Invalid, "the result is a duration"};
}

}  // namespace cel
