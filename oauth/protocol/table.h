// Tables with one row for each value of an enum, in the enum's order, so that a row is found by
// index. An enumerator without a row does not compile.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace oauth {

// Returns whether `value` has a name in its enum: GCC and clang spell one without a name as a cast,
// "(oauth::Method)8".
template <auto value>
constexpr bool is_enumerator() {
  constexpr std::string_view kSpelled = __PRETTY_FUNCTION__;
  return kSpelled.find("value = (") == std::string_view::npos;
}

// Returns how many enumerators an enum has whose values are 0, 1, 2 and so on.
template <class Enum, std::size_t from = 0>
constexpr std::size_t count_of() {
  if constexpr (is_enumerator<static_cast<Enum>(from)>())
    return count_of<Enum, from + 1>();
  else
    return from;
}

// Returns all enumerators, in order.
template <class Enum>
constexpr std::array<Enum, count_of<Enum>()> all_of() {
  std::array<Enum, count_of<Enum>()> values{};
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<Enum>(i);
  return values;
}

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
