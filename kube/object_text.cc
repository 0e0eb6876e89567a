#include "kube/object_text.h"

#include <algorithm>
#include <array>

#include "net/json_text.h"
#include "net/secret_string.h"

namespace kube {
namespace {

using net::JsonPath;

// The object is the text itself, or the member of it that its path begins with.
constexpr std::size_t kItself = 0;
constexpr std::size_t kMember = 1;

// The path of a member of the metadata, from there on; empty for one that is elsewhere.
std::vector<std::string_view> within_metadata(const JsonPath& path, std::size_t object) {
  if (path.size() < object + 2 || path[object] != "metadata") return {};
  return {path.begin() + static_cast<std::ptrdiff_t>(object) + 1, path.end()};
}

bool begins_with(std::string_view key, const std::optional<std::string>& prefix) {
  return !prefix || key.starts_with(*prefix);
}

bool keeps(const KeptMetadata& kept, const std::vector<std::string_view>& member) {
  constexpr std::array<std::string_view, 9> kAlways{
      "name",       "namespace",         "uid",
      "generation", "resourceVersion",   "creationTimestamp",
      "labels",     "deletionTimestamp", "annotations"};
  const std::string_view field = member.front();
  if (member.size() == 2 && field == "labels") return begins_with(member[1], kept.label_prefix);
  if (member.size() == 2 && field == "annotations")
    return begins_with(member[1], kept.annotation_prefix);
  if (field == "finalizers") return kept.finalizers;
  if (field == "ownerReferences") return kept.owner_references;
  return std::ranges::find(kAlways, field) != kAlways.end();
}

// Text that makes no sense is the parser's: it says where.
net::Result<Json> parse_kept(std::string_view text, const net::KeepMember& keep) {
  auto pruned = net::keep_members(text, keep);
  if (!pruned) return net::parse_json(text);
  auto json = net::parse_json(*pruned);
  net::wipe(*pruned);
  return json;
}

net::Result<Json> parse_pruned(std::string_view text, const KeptMetadata& kept,
                               std::size_t object) {
  return parse_kept(text, [&](const JsonPath& path) {
    const auto member = within_metadata(path, object);
    return member.empty() || keeps(kept, member);
  });
}

bool identifies(const JsonPath& path, std::size_t object) {
  if (path.size() <= object) return path.back() == "object" || path.back() == "type";
  const auto member = within_metadata(path, object);
  if (member.empty()) return path.size() == object + 1 && path.back() == "metadata";
  return member[0] == "namespace" || member[0] == "name" || member[0] == "resourceVersion";
}

net::Result<Json> parse_identity(std::string_view text, std::size_t object) {
  return parse_kept(text, [&](const JsonPath& path) { return identifies(path, object); });
}

}  // namespace

net::Result<Json> parse_object(std::string_view text, const KeptMetadata& kept) {
  return parse_pruned(text, kept, kItself);
}

net::Result<Json> parse_list(std::string_view text) {
  return parse_kept(text, [](const JsonPath& path) {
    if (path.front() != "items") return true;
    const auto member = within_metadata(path, kMember);
    return member.empty() || keeps({}, member);
  });
}

net::Result<Json> parse_list_metadata(std::string_view text) {
  auto list = parse_kept(text, [](const JsonPath& path) { return path.front() == "metadata"; });
  if (!list.ok()) return list;
  const auto metadata = list->is_object() ? list->find("metadata") : list->end();
  if (metadata == list->end() || !metadata->is_object())
    return net::Error{net::ErrorCode::Invalid, "not a list: it has no metadata"};
  return Json(std::move(*metadata));
}

std::vector<std::string_view> items_of(std::string_view text) {
  return net::elements_of(text, "items");
}

net::Result<Json> parse_event(std::string_view text, const KeptMetadata& kept) {
  return parse_pruned(text, kept, kMember);
}

net::Result<Json> parse_object_identity(std::string_view text) {
  return parse_identity(text, kItself);
}

net::Result<Json> parse_event_identity(std::string_view text) {
  return parse_identity(text, kMember);
}

}  // namespace kube
