#include "operator/offering_manifest.h"

#include <re2/re2.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "offering_crd.h"
#include "operator/schema.h"

namespace op {

namespace {

using net::Result;
using net::Status;

constexpr std::size_t kMaxBytes = 1 << 20;

net::Error invalid(std::string message) { return {net::ErrorCode::Invalid, std::move(message)}; }

std::string at(const std::string& file, const YAML::Mark& mark) {
  return file + ":" + std::to_string(mark.line + 1) + ": ";
}

std::string text_at(const YAML::Node& node, const char* key) {
  if (!node.IsMap()) return "";
  const YAML::Node value = node[key];
  return value && value.IsScalar() ? value.Scalar() : "";
}

std::string kind_of(const YAML::Node& document) { return text_at(document, "kind"); }

// "Integration billing", for a message.
std::string title(const YAML::Node& document) {
  std::string kind = kind_of(document);
  if (kind.empty()) kind = "something without a kind";
  const YAML::Node metadata = document.IsMap() ? document["metadata"] : YAML::Node();
  const std::string name = metadata ? text_at(metadata, "name") : "";
  return name.empty() ? kind : kind + " " + name;
}

std::string titles(const std::vector<YAML::Node>& documents) {
  std::string all;
  for (const YAML::Node& document : documents) all += (all.empty() ? "" : ", ") + title(document);
  return all;
}

Result<YAML::Node> the_offering(const std::vector<YAML::Node>& documents, const std::string& file) {
  std::vector<YAML::Node> present, offerings;
  std::copy_if(documents.begin(), documents.end(), std::back_inserter(present),
               [](const YAML::Node& document) { return document && !document.IsNull(); });
  std::copy_if(present.begin(), present.end(), std::back_inserter(offerings),
               [](const YAML::Node& document) { return kind_of(document) == "Offering"; });
  if (offerings.size() == 1) return offerings.front();
  if (present.empty())
    return invalid(file + ": is empty: it must hold an Offering (kind: Offering)");
  if (offerings.empty())
    return invalid(file + ": does not hold an Offering (kind: Offering), but " + titles(present));
  return invalid(file + ": must hold one Offering, not several: " + titles(offerings));
}

// The fields that the API server allows at the top. Of metadata only the name matters here.
constexpr std::array<std::string_view, 5> kTopFields = {"apiVersion", "kind", "metadata", "spec",
                                                        "status"};

Status check_top(const YAML::Node& document, const std::string& file) {
  std::vector<std::string> seen;
  for (const auto& member : document) {
    const std::string name = member.first.IsScalar() ? member.first.Scalar() : "";
    const std::string where = at(file, member.first.Mark()) + name + ": ";
    if (std::find(kTopFields.begin(), kTopFields.end(), name) == kTopFields.end())
      return invalid(where + "is an unknown field; known fields: apiVersion, kind, metadata, spec");
    if (std::find(seen.begin(), seen.end(), name) != seen.end())
      return invalid(where + "is duplicated");
    seen.push_back(name);
  }
  const std::string expected = api::Offering::resource().api_version();
  if (const std::string version = text_at(document, "apiVersion"); version != expected) {
    const YAML::Node place = document["apiVersion"];
    return invalid(at(file, place ? place.Mark() : document.Mark()) + "apiVersion: must be " +
                   expected + (version.empty() ? "" : ", not " + version));
  }
  return {};
}

// Names follow RFC 1123, since they become a part of callback URLs.
Status check_name(const std::string& name, const std::string& where) {
  if (name.empty()) return invalid(where + "is required");
  static const RE2 pattern("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  if (!RE2::FullMatch(name, pattern))
    return invalid(where + "must be lower-case letters, digits, '-' and '.', such as acme-sandbox");
  return {};
}

Result<api::Offering> read_document(const YAML::Node& document, const std::string& file) {
  if (Status sound = check_top(document, file); !sound.ok()) return sound.error();
  const YAML::Node crd = YAML::Load(kOfferingCrd);
  const YAML::Node schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
  const YAML::Node metadata = document["metadata"];
  const std::string name = metadata ? text_at(metadata, "name") : "";
  const std::string where =
      at(file, metadata ? metadata.Mark() : document.Mark()) + "metadata.name: ";
  if (Status sound = check_name(name, where); !sound.ok()) return sound.error();
  const YAML::Node spec = document["spec"];
  if (!spec || spec.IsNull()) return invalid(at(file, document.Mark()) + "spec: is required");
  auto json = read_by_schema(spec, schema["properties"]["spec"], file, "spec");
  if (!json.ok()) return json.error();
  const net::Json object = {{"metadata", {{"name", name}, {"generation", 1}}},
                            {"spec", std::move(*json)}};
  // The rules for the whole object are about its name.
  if (const auto broken = broken_rule(object, schema)) return invalid(where + broken->message);
  return object.get<api::Offering>();
}

}  // namespace

Result<api::Offering> read_offering(const std::string& text, const std::string& file) {
  if (text.size() > kMaxBytes) return invalid(file + ": is larger than 1 MiB: is it a manifest?");
  try {
    const auto document = the_offering(YAML::LoadAll(text), file);
    if (!document.ok()) return document.error();
    return read_document(*document, file);
  } catch (const YAML::Exception& e) {
    return invalid(at(file, e.mark) + e.msg);
  } catch (const net::Json::exception& e) {
    return invalid(file + ": " + e.what());
  }
}

}  // namespace op
