#include "support/manifest_tables.h"

#include "support/crd_schema.h"
#include "support/refused_offerings.h"

namespace support {
namespace {

// Puts `value` at a path of the schema: lists ([]) get one item, maps ({}) one key.
Json at_path(const std::string& path, const Json& value) {
  const std::size_t dot = path.rfind('.');
  std::string name = path.substr(dot == std::string::npos ? 0 : dot + 1);
  Json nested = value;
  for (; name.ends_with("[]") || name.ends_with("{}"); name.resize(name.size() - 2)) {
    nested = name.ends_with("[]") ? Json::array({nested}) : Json{{"key", nested}};
  }
  nested = Json{{name, nested}};
  return dot == std::string::npos ? nested : at_path(path.substr(0, dot), nested);
}

std::vector<Refused> violations_of(const std::string& path, const Json& schema) {
  std::vector<Refused> found;
  const auto add = [&](const std::string& what, const Json& value, const std::string& expected) {
    found.push_back({path + " " + what, at_path(path, value), expected});
  };
  const std::string type = schema.at("type");
  if (schema.contains("enum"))
    add("with another value", "Nonsense", "Unsupported value: \"Nonsense\"");
  if (schema.contains("maxLength")) {
    const int bound = schema.at("maxLength");
    add("too long", std::string(bound + 1, 'a'),
        "Too long: may not be more than " + std::to_string(bound));
  }
  if (schema.contains("minLength")) add("empty", "", "should be at least 1 chars long");
  if (schema.contains("minProperties"))
    add("empty", Json::object(), "should have at least 1 properties");
  if (schema.contains("minimum")) {
    add("too small", schema.at("minimum").get<int>() - 1, "should be greater than or equal to");
    add("too great", schema.at("maximum").get<int>() + 1, "should be less than or equal to");
  }
  if (schema.contains("maxItems")) {
    Json items = Json::array();
    for (int i = 0; i <= schema.at("maxItems"); ++i) {
      items.push_back(schema.at("/items/type"_json_pointer) == "object"
                          ? Json::object()
                          : Json("item-" + std::to_string(i)));
    }
    add("too many", items, "must have at most " + schema.at("maxItems").dump() + " items");
  }
  if (schema.contains("maxProperties")) {
    Json map = Json::object();
    for (int i = 0; i <= schema.at("maxProperties"); ++i) map["key-" + std::to_string(i)] = "a";
    add("too many", map, "must have at most " + schema.at("maxProperties").dump() + " items");
  }
  if (schema.value("x-kubernetes-list-type", "") == "set") {
    add("with an item twice", {"same", "same"}, "Duplicate value: \"same\"");
  }
  for (const Json& name : schema.value("required", Json::array())) {
    found.push_back({path + " without " + name.get<std::string>(), at_path(path, {{name, nullptr}}),
                     "." + name.get<std::string>() + ": Required value"});
  }
  if (type == "object" || type == "array") {
    add("of another type", 7, "Invalid value: \"integer\"");
  } else {
    add("of another type", Json::array(), "Invalid value: \"array\"");
  }
  return found;
}

std::vector<Refused> violations_of_spec(const std::string& plural) {
  std::vector<Refused> all;
  const Json spec = read_schema(plural).at("/properties/spec"_json_pointer);
  walk(spec, [&](const std::string& path, const Json& schema) {
    if (path.empty()) return;
    const auto found = violations_of(path, schema);
    all.insert(all.end(), found.begin(), found.end());
  });
  return all;
}

std::vector<Refused> integrations() {
  std::vector<Refused> rows;
  const auto add = [&](const std::string& what, const Json& patch, const std::string& expected) {
    rows.push_back({what, patch, expected});
  };
  const auto add_reference = [&](const Json& reference, const std::string& expected) {
    add(reference.dump(), {{"credentialsSecretRef", reference}}, expected);
  };
  for (const char* name : {"Salesforce", "a b", "-a", "a/b", "a..b"}) {
    add(name, {{"offeringRef", {{"name", name}}}}, "must be the name of an Offering: lower-case");
    add_reference({{"name", name}}, "must be the name of a Secret: lower-case letters");
  }
  for (const char* field : {"clientIDKey", "clientSecretKey"})
    add_reference({{field, "client id"}},
                  "must be a key of a Secret: letters, digits, -, _ and . only");
  const char* different =
      "spec.credentialsSecretRef.clientSecretKey: Invalid value: the client id and the client "
      "secret must be under different keys";
  add_reference({{"clientIDKey", "a"}, {"clientSecretKey", "a"}}, different);
  add_reference({{"clientSecretKey", "client_id"}}, different);
  for (const char* key : {"client_secret", "client_secret_previous"})
    add_reference(
        {{"clientIDKey", key}, {"clientSecretKey", "a"}},
        "spec.credentialsSecretRef.clientIDKey: Invalid value: the client id is published");
  add_reference({{"clientIDKey", "a"}, {"clientSecretKey", "client_id"}},
                "client_id is the key for the client id: name the key of the client secret");
  add_reference({{"clientSecretKey", "client_secret_previous"}},
                "client_secret_previous is for the secret before the current one");
  return rows;
}

std::vector<Refused> texts_and_scopes_of_integrations() {
  std::vector<Refused> rows;
  for (const char* scope : {"openid email", "a\"b", "a\\b"})
    rows.push_back({scope,
                    {{"scopes", {scope}}},
                    "must be a single scope without spaces, quotes and backslashes"});
  rows.push_back({"a,b",
                  {{"scopes", {"a,b"}}},
                  "a scope must not contain a comma: write each scope as an item of its own"});
  for (const char* name : {" ", " a", "a\n", "a\x07", "a\u202eb"})
    rows.push_back({"displayName", {{"displayName", name}}, "must be printable text on one line"});
  return rows;
}

}  // namespace

std::vector<RefusedTable> refused_manifests() {
  std::vector<RefusedTable> tables = refused_offerings();
  tables.push_back(
      {"every_bound_of_an_offerings_fields_is_kept", "Offering", violations_of_spec("offerings")});
  tables.push_back({"every_bound_of_an_integrations_fields_is_kept", "Integration",
                    violations_of_spec("integrations")});
  tables.push_back({"references_name_what_can_exist", "Integration", integrations()});
  tables.push_back({"texts_are_printable_and_scopes_are_single", "Integration",
                    texts_and_scopes_of_integrations()});
  return tables;
}

std::vector<Accepted> accepted_manifests() {
  std::vector<Accepted> rows;
  for (const char* authority :
       {"login.example:65535", "login.example:1", "login.example:443", "a-b.login2.example", "idp",
        "1password.example", "3scale", "xn--bcher-kva.example", "203.0.113.9", "[2001:db8::1]:8443",
        "[1:2:3:4:5:6:7:8]"})
    rows.push_back({authority,
                    "Offering",
                    {{"issuer", std::string("https://") + authority + "/a%20b/...c/{tenant}/"}}});
  for (const char* issuer : {"http://localhost:8080", "http://a.localhost", "http://127.255.0.1",
                             "http://[::1]:1/a", "https://login.example/"})
    rows.push_back({issuer, "Offering", {{"issuer", issuer}}});
  rows.push_back({"queries of a provider's own",
                  "Offering",
                  {{"endpoints",
                    {{"authorization", "https://login.example/a?policy=b&my_state=c"},
                     {"token", "https://login.example?policy=scope"}}}}});
  rows.push_back(
      {"hosts", "Offering", {{"allowedHosts", {"a.example", "a.example:8443", "[::1]"}}}});
  for (const char* interval : {"10m", "8760h", "9.999h", "1h30m", "599.999s1ms"})
    rows.push_back({interval, "Offering", {{"verification", {{"interval", interval}}}}});
  rows.push_back({"texts of other scripts",
                  "Offering",
                  {{"displayName", "Büro 東京 (test) 🙂"}, {"environment", "a"}}});
  const std::string certificate =
      "-----BEGIN CERTIFICATE-----\r\nMIIB+/==\r\n-----END CERTIFICATE-----\r\n";
  rows.push_back({"certificates", "Offering", {{"caBundle", certificate + "\n" + certificate}}});
  rows.push_back({"parameters", "Offering", {{"authorizationParameters", {{"prompt", "ü \" x"}}}}});
  rows.push_back(
      {"an empty list without issuer",
       "Offering",
       {{"issuer", nullptr},
        {"allowedHosts", Json::array()},
        {"endpoints",
         {{"authorization", "https://login.example/a"}, {"token", "https://login.example/t"}}}}});
  rows.push_back({"keys of another writer",
                  "Integration",
                  {{"credentialsSecretRef", {{"clientIDKey", "id"}, {"clientSecretKey", "key"}}}}});
  return rows;
}

}  // namespace support
