#include "net/thrown.h"

#include <cxxabi.h>

#include <boost/core/demangle.hpp>
#include <typeinfo>

namespace net {

// The C++ ABI names the type even of what is no std::exception.
std::string thrown_type() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  return type == nullptr ? "nothing" : boost::core::demangle(type->name());
}

}  // namespace net
