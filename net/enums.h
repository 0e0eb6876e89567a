// Enumerations with names. The enumerators are 0, 1, 2 and so on, and `to_string` gives each its
// name:
//
//   enum class Phase { Draft, Configured };
//   inline constexpr net::EnumNames<Phase> kPhases{
//       {{Phase::Draft, "Draft"}, {Phase::Configured, "Configured"}}};
//   const char* to_string(Phase phase) { return kPhases[phase]; }
//
//   net::parse_enum<Phase>("Draft");  // Phase::Draft
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace net {

// Returns whether `value` has a name in its enum: GCC and clang spell one without a name as a cast,
// "(api::Phase)2".
template <auto value>
constexpr bool is_enumerator() {
  constexpr std::string_view kSpelled = __PRETTY_FUNCTION__;
  return kSpelled.find("value = (") == std::string_view::npos;
}

// Returns how many enumerators an enum has.
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

// A name for each enumerator, in order: a table that leaves one out, or is in another order, does
// not compile.
template <class Enum>
class EnumNames {
 public:
  struct Row {
    Enum value;
    const char* name;
  };

  // Of an array and no initializer list: a table that is too short or too long does not compile.
  explicit consteval EnumNames(const Row (&rows)[count_of<Enum>()]) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (rows[i].value != static_cast<Enum>(i) || rows[i].name == nullptr)
        throw std::logic_error("the rows are not those of the enumeration, in its order");
      names_[i] = rows[i].name;
    }
  }

  // Precondition: `value` is an enumerator.
  constexpr const char* operator[](Enum value) const {
    return names_[static_cast<std::size_t>(value)];
  }

 private:
  std::array<const char*, count_of<Enum>()> names_{};
};

// Returns the enumerator of that name.
template <class Enum>
std::optional<Enum> parse_enum(std::string_view name) {
  for (const Enum value : all_of<Enum>())
    if (name == to_string(value)) return value;
  return std::nullopt;
}

}  // namespace net
