// Structs that JSON objects are read into and written from, each by one description of its members.
// A description stands below its struct and names every member once:
//
//   struct Rule {
//     std::optional<int> http_status;
//     std::string error_field = "error";
//     Verdict verdict = Verdict::Unverifiable;
//     bool operator==(const Rule&) const = default;
//   };
//
//   template <>
//   inline constexpr auto net::fields<Rule> = [](auto& rule, auto field) {
//     field("httpStatus", rule.http_status);
//     field("errorField", rule.error_field);
//     field("verdict", rule.verdict);
//   };
//
// net/json_fields.h reads and writes by it, and says which types members may have. A description
// that leaves out a member does not compile there. A name with a dot is the member of a member:
// "metadata.name".
//
// Other visitors are possible: a description is a function template that hands each name and member
// to `field`. Descriptions are constants: use them from any thread.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace net {

// When a member is written.
enum class Written {
  UnlessEmpty,  // "omitempty" of Go, and the same: not "", [], {}, 0, false, or an optional without
                // a value. Enumerations, durations and times are never empty.
  Always,
};

// The description of T, where it has one.
template <class T>
inline constexpr auto fields = nullptr;

template <class T>
concept Described = !std::same_as<std::remove_cv_t<decltype(fields<T>)>, std::nullptr_t>;

namespace internal {

// Converts to whatever a member is initialized from.
struct Anything {
  template <class T>
  operator T() const;  // NOLINT(google-explicit-constructor)
};

// Returns how many members an aggregate has: with how many initializers it can be initialized.
template <class T, class... Initializers>
constexpr std::size_t member_count() {
  if constexpr (requires { T{Initializers{}..., Anything{}}; })
    return member_count<T, Initializers..., Anything>();
  else
    return sizeof...(Initializers);
}

// Never defined: for naming members at compile time, without an object.
template <class T>
struct Nowhere {
  static T object;
};

// Remembers where the members are that a description names.
struct MemberSet {
  std::array<const void*, 64> members{};
  std::size_t size = 0;
  bool has_duplicates = false;

  template <class T>
  constexpr void insert(const T& member) {
    const void* address = std::addressof(member);
    for (std::size_t i = 0; i < size; ++i)
      if (members[i] == address) has_duplicates = true;
    members[size++] = address;
  }
};

}  // namespace internal

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"  // Nowhere
#endif

// Returns whether the description of T names each of its members once.
template <Described T>
consteval bool describes_every_member() {
  internal::MemberSet named;
  fields<T>(internal::Nowhere<T>::object,
            [&](const char*, const auto& member, Written = {}) { named.insert(member); });
  return !named.has_duplicates && named.size == internal::member_count<T>();
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif

}  // namespace net
