// JSON as text, before anything is made of it: members are left out and elements are found,
// whatever is in them. This code reads no values. So a number out of range, a byte outside of UTF-8
// and deep nesting spoil only their own piece of text.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net {

// The keys that lead from the outermost object to a member, the member's own last. They are spelled
// as in the text (escapes are not decoded); an array adds nothing.
using JsonPath = std::vector<std::string_view>;
using KeepMember = std::function<bool(const JsonPath& path)>;

// `text` without the members that `keep` refuses, and without white space between what is kept.
// `keep` is not asked about members within a refused one, nor about those below 64 levels of
// nesting, which stay. Nothing if the text is no single JSON value, judged by brackets, quotes,
// colons and commas; parse_json() checks the rest.
std::optional<std::string> keep_members(std::string_view text, const KeepMember& keep);

// The texts of the elements of the array that is the outermost object's member `key`, in their
// order. Empty where there is no such array. They refer to `text`.
std::vector<std::string_view> elements_of(std::string_view text, std::string_view key);

}  // namespace net
