// Tables with one row for each value of an enum, in the enum's order, so that a row is found by
// index. An enumerator without a row does not compile.
#pragma once

#include <array>
#include <cstddef>

#include "net/enums.h"

namespace oauth {

using net::all_of;
using net::count_of;

// Returns whether the rows are those of the enum, in its order; `key` is the member of a row that
// says of which value it is. For static_assert, beside size() == count_of<Enum>().
template <class Row, std::size_t size, class Enum>
constexpr bool is_in_order(const std::array<Row, size>& rows, Enum Row::*key) {
  for (std::size_t i = 0; i < size; ++i)
    if (rows[i].*key != static_cast<Enum>(i)) return false;
  return true;
}

template <class Row, std::size_t size, class Enum>
constexpr const Row& row_of(const std::array<Row, size>& rows, Enum value) {
  return rows.at(static_cast<std::size_t>(value));
}

}  // namespace oauth
