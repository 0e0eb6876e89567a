// Turns the API server's text into JSON, an object at a time. It leaves unread parts out before it
// parses: anybody who may edit the object writes its managedFields and annotations. These nest as
// deep (managedFields) and grow as large (annotations) as the writer likes, and nobody checks them
// (apiserver's fieldmanager takes managedFields as they come).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/meta.h"
#include "net/result.h"

namespace kube {

// How much of an object's metadata is kept. Its identity always is: name, namespace, uid,
// resourceVersion, generation and the timestamps. Fields that ObjectMeta does not have never are.
struct KeptMetadata {
  std::optional<std::string> label_prefix = {};       // only labels whose keys begin so; empty: all
  std::optional<std::string> annotation_prefix = {};  // likewise
  bool finalizers = true;
  bool owner_references = true;
};

// An object, parsed (net::parse_json: at most 64 levels of what is kept). Invalid: it is no JSON.
net::Result<Json> parse_object(std::string_view text, const KeptMetadata& kept = {});

// A list as Client::list has it, with all of its items. Invalid: it, or one of them, is no JSON.
net::Result<Json> parse_list(std::string_view text);

// The metadata of a list (resourceVersion, continue), whatever its items are. Invalid: it is no
// list.
net::Result<Json> parse_list_metadata(std::string_view text);
// The texts of its items, for parse_object(). They refer to `text`.
std::vector<std::string_view> items_of(std::string_view text);

// The object of a watch event: {"type": …, "object": …}, parsed. Invalid: it is no JSON.
net::Result<Json> parse_event(std::string_view text, const KeptMetadata& kept = {});

// The readable rest of an object, or of a watch event, that does not parse: namespace, name and
// resourceVersion in its "metadata", and an event's type. Invalid: not even that does.
net::Result<Json> parse_object_identity(std::string_view text);
net::Result<Json> parse_event_identity(std::string_view text);

}  // namespace kube
