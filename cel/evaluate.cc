#include "cel/evaluate.h"

#include <utility>

namespace cel {

namespace {

using net::Json;
using net::Result;

net::Error invalid(std::string what) { return {net::ErrorCode::Invalid, std::move(what)}; }

class Evaluation {
 public:
  explicit Evaluation(const Variables& variables) : variables_(variables) {}

  Result<Value> value(const Node& node) {
    switch (node.kind) {
      case Node::Kind::Literal:
        return Value(node.literal);
      case Node::Kind::Variable:
        return variable(node.name);
      case Node::Kind::Member:
        return member(node);
      case Node::Kind::List:
        return list(node);
      case Node::Kind::Call:
        break;
    }
    if (node.name == "||" || node.name == "&&") return either(node);
    if (node.name == "has") return has(node.operands[0]);
    if (is_macro(node.name)) return macro(node);
    return call(node);
  }

 private:
  Result<Value> variable(const std::string& name) {
    const auto found = variables_.find(name);
    if (found == variables_.end()) return invalid("there is no variable " + name);
    return Value(found->second);
  }

  Result<Value> member(const Node& node) {
    auto whole = object(node.operands[0]);
    if (!whole.ok()) return whole.error();
    const auto found = whole->find(node.name);
    if (found == whole->end()) return invalid("there is no " + node.name);
    return Value(*found);
  }

  Result<Value> has(const Node& member) {
    auto whole = object(member.operands[0]);
    if (!whole.ok()) return whole.error();
    return Value(Json(whole->contains(member.name)));
  }

  Result<Value> list(const Node& node) {
    Json items = Json::array();
    for (const Node& operand : node.operands) {
      auto item = json(operand);
      if (!item.ok()) return item.error();
      items.push_back(std::move(*item));
    }
    return Value(std::move(items));
  }

  // One side that decides makes the other's error irrelevant (langdef.md, "Logical Operators").
  Result<Value> either(const Node& node) {
    const bool decisive = node.name == "||";
    auto left = boolean(node.operands[0]);
    if (left.ok() && *left == decisive) return Value(Json(decisive));
    auto right = boolean(node.operands[1]);
    if (right.ok() && *right == decisive) return Value(Json(decisive));
    if (!left.ok()) return left.error();
    if (!right.ok()) return right.error();
    return Value(Json(!decisive));
  }

  Result<Value> call(const Node& node) {
    Operands operands;
    for (const Node& operand : node.operands) {
      auto evaluated = value(operand);
      if (!evaluated.ok()) return evaluated;
      operands.push_back(std::move(*evaluated));
    }
    return find_function(node.name, operands.size())(operands);
  }

  // The elements of a list, the keys of a map; as with || and &&, an element that decides makes
  // others' errors irrelevant.
  Result<Value> macro(const Node& node) {
    auto range = json(node.operands[0]);
    if (!range.ok()) return range.error();
    if (!range->is_structured()) return invalid(node.name + "() is for lists and maps");
    Json elements = Json::array();
    if (range->is_array()) elements = std::move(*range);
    if (range->is_object())
      for (const auto& member : range->items()) elements.push_back(member.key());
    Json fitting = Json::array();
    net::Status failed;
    for (const Json& element : elements) {
      const auto fits = predicate(node, element);
      if (!fits.ok() && failed.ok()) failed = fits.error();
      if (!fits.ok()) continue;
      if (*fits == (node.name == "exists") && node.name != "filter" && node.name != "exists_one")
        return Value(Json(*fits));
      if (*fits) fitting.push_back(element);
    }
    if (!failed.ok()) return failed.error();
    if (node.name == "filter") return Value(std::move(fitting));
    if (node.name == "exists_one") return Value(Json(fitting.size() == 1));
    return Value(Json(node.name == "all"));
  }

  Result<bool> predicate(const Node& node, const Json& element) const {
    Variables inner = variables_;
    inner.insert_or_assign(node.operands[1].name, element);
    return Evaluation(inner).boolean(node.operands[2]);
  }

  Result<Json> json(const Node& node) {
    auto evaluated = value(node);
    if (!evaluated.ok()) return evaluated.error();
    if (auto* found = std::get_if<Json>(&*evaluated)) return std::move(*found);
    return invalid("a duration has no place here");
  }

  Result<Json> object(const Node& node) {
    auto evaluated = json(node);
    if (evaluated.ok() && !evaluated->is_object()) return invalid("only objects have members");
    return evaluated;
  }

  Result<bool> boolean(const Node& node) {
    const auto evaluated = json(node);
    if (!evaluated.ok()) return evaluated.error();
    if (!evaluated->is_boolean()) return invalid("a boolean is wanted here");
    return evaluated->get<bool>();
  }

  const Variables& variables_;
};

}  // namespace

Result<Value> evaluate(const Node& node, const Variables& variables) {
  return Evaluation(variables).value(node);
}

}  // namespace cel
