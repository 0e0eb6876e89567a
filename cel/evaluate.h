// The value of a tree. Internal to cel/.
#pragma once

#include "cel/expression.h"
#include "cel/functions.h"
#include "cel/syntax.h"

namespace cel {

// As Expression::evaluate(), but the result may be a duration, too.
net::Result<Value> evaluate(const Node& node, const Variables& variables);

}  // namespace cel
