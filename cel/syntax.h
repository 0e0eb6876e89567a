// CEL's text as a tree. Internal to cel/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/json.h"
#include "net/result.h"

namespace cel {

struct Node {
  enum class Kind {
    Literal,   // `literal`
    Variable,  // `name`
    Member,    // operands[0].name
    List,      // [operands]
    Call,      // the operator, function or macro `name` of the operands; a.f(b) is f(a, b)
  };

  Kind kind = Kind::Literal;
  std::string name = {};
  net::Json literal = nullptr;
  std::vector<Node> operands = {};
};

// all, exists, exists_one and filter: their second operand is a variable, their third is evaluated
// for each element of the first.
bool is_macro(std::string_view name);

// Invalid, with the column, for text outside the subset of expression.h.
net::Result<Node> parse_syntax(std::string_view text);

}  // namespace cel
