#include "operator/web.h"

namespace op {

net::Router web_routes() { return {}; }

}  // namespace op
