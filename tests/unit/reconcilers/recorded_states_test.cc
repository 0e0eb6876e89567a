// Every state of an Offering and of an Integration, as the reconcilers themselves write it, and the
// health that GitOps tools must see in it. Both are kept as the test data of the health checks in
// gitops/argo-cd, which tests/gitops reads, too: so those tests judge the statuses that this
// operator writes. With RECORD_STATES=1 in the environment this records anew instead of comparing.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

#include "harness.h"
#include "support/crd_schema.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;
using kube::Json;
using std::filesystem::path;

// Argo CD's words (gitops-engine, pkg/health). kstatus, which Flux goes by, says Current,
// InProgress and Failed to the first three, and knows nothing like the last.
enum class Health { Healthy, Progressing, Degraded, Suspended };

struct State {
  std::string name;  // of the file
  Health health;
  std::function<void(Cluster&)> reach;
};

const std::string kIssuer = "https://login.acme.example";
const std::string kMetadataUrl = kIssuer + "/.well-known/openid-configuration";
const std::string kTokenUrl = kIssuer + "/token";

net::HttpResponse document(const Json& content) {
  return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = content.dump()};
}
Json metadata() {
  return {{"issuer", kIssuer},
          {"authorization_endpoint", kIssuer + "/authorize"},
          {"token_endpoint", kTokenUrl}};
}
net::HttpResponse web_page() {
  return {.status = 404, .headers = {{"Content-Type", "text/html"}}, .body = "<h1>Not here</h1>"};
}
net::Error outage() {
  return {net::ErrorCode::Unavailable, "cannot reach login.acme.example: connection refused"};
}

// As the API server makes it of what somebody applied.
template <class T>
void create_unseen(Cluster& cluster, const T& object, const std::string& plural) {
  Json manifest = gen::manifest(object);
  support::apply_defaults(support::read_schema(plural), manifest);
  cluster.server->create(T::resource(), std::move(manifest));
  cluster.sync();
}

// --- How an Integration gets there. All begin with one that fits its Offering and its Secret.

void configured(Cluster& cluster) {
  cluster.create_all();
  cluster.verify();
}
// The obstacle is there from the beginning.
std::function<void(Cluster&)> looked_at(std::function<void(Cluster&)> spoil) {
  return [=](Cluster& cluster) {
    cluster.create_all();
    spoil(cluster);
    cluster.sync();
    cluster.reconcile_offering();
    cluster.sync();
    cluster.reconcile();
  };
}
std::function<void(Cluster&)> asked_about(std::function<void(Cluster&)> spoil) {
  return [=](Cluster& cluster) {
    cluster.create_all();
    spoil(cluster);
    cluster.verify();
  };
}

void paused(Cluster& cluster) {
  configured(cluster);
  cluster.edit([](Json& json) {
    json["metadata"]["annotations"]["oauth.integrations.dev/paused"] = "true";
  });
  cluster.reconcile();
}
void edited(Cluster& cluster) {
  configured(cluster);
  cluster.edit([](Json& json) { json["spec"]["displayName"] = "Edited"; });
}
void terminating(Cluster& cluster) {
  configured(cluster);
  cluster.edit([](Json& json) { json["metadata"]["finalizers"] = {"example.com/other"}; });
  cluster.server->remove(api::Integration::resource(), {"team", "crm"});
  cluster.sync();
  cluster.reconcile();
}
void unconfirmed(Cluster& cluster) {
  configured(cluster);
  cluster.provider.outage = outage();
  cluster.clock.advance(24h);
  cluster.verify();
}
void pending(Cluster& cluster) {
  cluster.create_all();
  cluster.provider.hold();
  cluster.reconcile();
  cluster.clock.advance(2s);
  cluster.reconcile();
}
void offering_terminating(Cluster& cluster) {
  cluster.create_all();
  cluster.create(gen::Integration("other"));
  cluster.sync();
  cluster.reconcile_offering();
  cluster.clock.advance(1s);  // "other" is older than the deletion, and so holds it up
  cluster.server->remove(api::Offering::resource(), {"", "acme"});
  cluster.server->remove(api::Integration::resource(), {"team", "crm"});
  cluster.sync();
  cluster.reconcile_offering();
  cluster.clock.advance(1s);
  cluster.create(gen::Integration("crm"));
  cluster.sync();
  cluster.reconcile();
}
void callback_url_changed(Cluster& cluster) {
  cluster.provider.shows_any_callback_a_sign_in = true;
  configured(cluster);
  cluster.public_url = "https://connect.new.example";
  cluster.restart();
  cluster.verify();
}
void delete_secret(Cluster& cluster) {
  cluster.server->remove(kube::Secret::resource(), {"team", "credentials"});
}
void set_key(Cluster& cluster, const std::string& value) {
  cluster.write_secret("client_secret", value);
}
void set_scopes(Cluster& cluster, const Json& scopes) {
  cluster.edit([&](Json& json) { json["spec"]["scopes"] = scopes; });
}
void let_unverifiable_pass(Cluster& cluster) {
  cluster.edit_offering(
      [](Json& json) { json["spec"]["verification"]["onUnverifiable"] = "Allow"; });
  cluster.reconcile_offering();
  cluster.sync();
}

const std::vector<State>& integration_states() {
  static const std::vector<State> states = {
      {"new", Health::Progressing,
       [](Cluster& c) { create_unseen(c, gen::Integration("crm"), "integrations"); }},
      {"configured", Health::Healthy, configured},
      {"configured-callback-unproven", Health::Healthy,
       asked_about([](Cluster& c) { c.provider.shows_any_callback_a_sign_in = true; })},
      {"configured-unverified", Health::Healthy, asked_about([](Cluster& c) {
         c.provider.documents[kTokenUrl] = web_page();
         let_unverifiable_pass(c);
       })},
      {"configured-with-the-previous-secret", Health::Healthy, asked_about([](Cluster& c) {
         c.write_secret("client_secret_previous", "the-secret");
         set_key(c, "not-the-secret");
       })},
      {"configured-unconfirmed", Health::Healthy, unconfirmed},
      {"edited", Health::Progressing, edited},
      {"paused", Health::Suspended, paused},
      {"terminating", Health::Progressing, terminating},
      {"offering-not-found", Health::Progressing,
       [](Cluster& c) {
         c.create(gen::Namespace("team"));
         c.create(gen::Secret("credentials"));
         c.create(gen::Integration("crm"));
         c.sync();
         c.reconcile();
       }},
      {"offering-not-ready", Health::Progressing,
       [](Cluster& c) {
         c.provider.outage = outage();
         c.create(gen::Namespace("team"));
         c.create(gen::Offering("acme", gen::issuer(kIssuer)));
         c.create(gen::Secret("credentials"));
         c.create(gen::Integration("crm"));
         c.sync();
         c.reconcile_offering();
         c.sync();
         c.reconcile();
       }},
      {"offering-terminating", Health::Progressing, offering_terminating},
      {"namespace-not-allowed", Health::Degraded, looked_at([](Cluster& c) {
         c.edit_offering([](Json& json) {
           json["spec"]["allowedNamespaces"] = {
               {"from", "Selector"}, {"selector", {{"matchLabels", {{"oauth", "allowed"}}}}}};
         });
       })},
      {"missing-required-scopes", Health::Degraded,
       looked_at([](Cluster& c) { set_scopes(c, {"email"}); })},
      {"scopes-not-offered", Health::Degraded, looked_at([](Cluster& c) {
         set_scopes(c, {"openid", "mail"});
       })},
      {"scopes-rejected-by-provider", Health::Degraded,
       asked_about([](Cluster& c) { c.provider.to_a_callback = "invalid_scope"; })},
      {"secret-not-found", Health::Progressing, looked_at(delete_secret)},
      {"not-permitted", Health::Progressing, looked_at([](Cluster& c) {
         c.server->answer_next(3, 403, support::to("GET", "/secrets/credentials"));
       })},
      {"key-not-found", Health::Progressing, looked_at([](Cluster& c) { set_key(c, ""); })},
      {"key-not-allowed", Health::Degraded, looked_at([](Cluster& c) {
         c.edit([](Json& json) {
           json["spec"]["credentialsSecretRef"]["clientSecretKey"] = "password";
         });
       })},
      {"invalid-characters", Health::Degraded,
       looked_at([](Cluster& c) { set_key(c, "the-secret\n"); })},
      {"pending", Health::Progressing, pending},
      {"provider-unreachable", Health::Progressing,
       asked_about([](Cluster& c) { c.provider.outage = outage(); })},
      {"rejected", Health::Degraded,
       asked_about([](Cluster& c) { c.provider.secrets = {"another"}; })},
      {"grant-not-allowed", Health::Degraded,
       asked_about([](Cluster& c) { c.provider.to_a_client = "unauthorized_client"; })},
      {"unverifiable", Health::Degraded,
       asked_about([](Cluster& c) { c.provider.documents[kTokenUrl] = web_page(); })},
      {"callback-rejected", Health::Degraded,
       asked_about([](Cluster& c) { c.provider.callbacks.clear(); })},
      {"callback-url-changed", Health::Degraded, callback_url_changed}};
  return states;
}

// --- How an Offering gets there.

std::function<void(Cluster&)> discovered_as(std::function<void(Cluster&)> what) {
  return [=](Cluster& cluster) {
    what(cluster);
    cluster.create(gen::Offering("acme", gen::issuer(kIssuer)));
    cluster.sync();
    cluster.reconcile_offering();
  };
}
void discovered(Cluster& cluster) {
  cluster.provider.documents[kMetadataUrl] = document(metadata());
}
void issuer_down_later(Cluster& cluster) {
  discovered_as(discovered)(cluster);
  cluster.provider.outage = outage();
  cluster.clock.advance(24h);
  cluster.sync();
  cluster.reconcile_offering();
}
void edited_offering(Cluster& cluster) {
  discovered_as(discovered)(cluster);
  cluster.edit_offering([](Json& json) { json["spec"]["displayName"] = "Edited"; });
}
void in_use(Cluster& cluster) {
  configured(cluster);
  cluster.server->remove(api::Offering::resource(), {"", "acme"});
  cluster.sync();
  cluster.reconcile_offering();
}

const std::vector<State>& offering_states() {
  static const std::vector<State> states = {
      {"new", Health::Progressing,
       [](Cluster& c) {
         create_unseen(c, gen::Offering("acme", gen::issuer(kIssuer)), "offerings");
       }},
      {"available", Health::Healthy, discovered_as(discovered)},
      {"endpoints-given", Health::Healthy,
       [](Cluster& c) {
         c.create(gen::Offering("acme"));
         c.sync();
         c.reconcile_offering();
       }},
      {"available-while-the-issuer-is-down", Health::Healthy, issuer_down_later},
      {"edited", Health::Progressing, edited_offering},
      {"in-use", Health::Progressing, in_use},
      {"provider-unreachable", Health::Progressing,
       discovered_as([](Cluster& c) { c.provider.outage = outage(); })},
      {"metadata-not-found", Health::Degraded,
       discovered_as([](Cluster& c) { c.provider.documents[kMetadataUrl] = web_page(); })},
      {"metadata-invalid", Health::Degraded, discovered_as([](Cluster& c) {
         c.provider.documents[kMetadataUrl] = document({{"issuer", kIssuer}});
       })},
      {"endpoint-host-changed", Health::Degraded, discovered_as([](Cluster& c) {
         Json elsewhere = metadata();
         elsewhere["token_endpoint"] = "https://login.evil.example/token";
         c.provider.documents[kMetadataUrl] = document(elsewhere);
       })}};
  return states;
}

// --- The records.

// Leaves out the differences from run to run: identities, and the jitter of the next check.
Json comparable(Json object) {
  static const std::regex next{"(Next check at )[-0-9T:]+Z"};
  for (const char* key : {"uid", "resourceVersion"}) object["metadata"].erase(key);
  if (!object.at("status").contains("conditions")) return object;
  for (Json& condition : object["status"]["conditions"])
    condition["message"] = std::regex_replace(condition["message"].get<std::string>(), next,
                                              "$012023-11-15T00:00:00Z");
  return object;
}

// Scalars as JSON writes them, which YAML reads alike.
std::string yaml(const Json& value, const std::string& indent = {}) {
  std::string text;
  for (auto item = value.begin(); item != value.end(); ++item) {
    const bool flat = item->empty() || item->is_primitive();
    if (value.is_object())
      text += indent + item.key() + ":" +
              (flat ? " " + item->dump() + "\n" : "\n" + yaml(*item, indent + "  "));
    else
      text += indent + "- " +
              (flat ? item->dump() + "\n" : yaml(*item, indent + "  ").substr(indent.size() + 2));
  }
  return text;
}

std::string message_of(const State& state, const Json& object) {
  if (object["metadata"].contains("deletionTimestamp")) return "Pending deletion";
  if (state.health == Health::Suspended)
    return "Paused by the annotation oauth.integrations.dev/paused.";
  if (object["status"]["observedGeneration"] != object["metadata"]["generation"])
    return "The operator has not seen this generation yet.";
  for (const Json& condition : object["status"]["conditions"])
    if (condition["type"] == "Ready") return condition["message"];
  return "no Ready condition";
}

Json health_of(const State& state, const Json& object) {
  static const char* const words[] = {"Healthy", "Progressing", "Degraded", "Suspended"};
  return {{"inputPath", "testdata/" + state.name + ".yaml"},
          {"healthStatus",
           {{"status", words[static_cast<int>(state.health)]},
            {"message", message_of(state, object)}}}};
}

bool recording() { return std::getenv("RECORD_STATES") != nullptr; }

// Compares, or records.
void expect_recorded(const path& file, const std::string& text) {
  if (recording()) std::ofstream(file) << text;
  std::ifstream recorded(file);
  std::ostringstream content;
  content << recorded.rdbuf();
  EXPECT_EQ(content.str(), text)
      << file << " is not what the reconcilers write now. If that is meant, run this test with "
      << "RECORD_STATES=1, and look at what git shows.";
}

void expect_states(const std::string& kind, const kube::Resource& resource,
                   const kube::NamespacedName& name, const std::vector<State>& states) {
  const path folder =
      path{SOURCE_DIR} / "gitops/argo-cd/resource_customizations" / "oauth.integrations.dev" / kind;
  if (recording()) std::filesystem::create_directories(folder / "testdata");
  Json tests = Json::array();
  std::set<path> files;
  for (const State& state : states) {
    SCOPED_TRACE(state.name);
    Cluster cluster;
    state.reach(cluster);
    const Json object = comparable(cluster.server->find(resource, name));
    const path file = folder / "testdata" / (state.name + ".yaml");
    files.insert(file);
    expect_recorded(file, yaml(object));
    tests.push_back(health_of(state, object));
  }
  expect_recorded(folder / "health_test.yaml", yaml({{"tests", tests}}));
  for (const auto& entry : std::filesystem::directory_iterator(folder / "testdata"))
    EXPECT_TRUE(files.contains(entry.path())) << entry.path() << " is a state that nobody reaches";
}

TEST(RecordedStates, of_an_integration_are_what_the_reconciler_writes) {
  expect_states("Integration", api::Integration::resource(), {"team", "crm"}, integration_states());
}

TEST(RecordedStates, of_an_offering_are_what_the_reconciler_writes) {
  expect_states("Offering", api::Offering::resource(), {"", "acme"}, offering_states());
}

}  // namespace
}  // namespace reconcilers
