// The chart on a real API server: the operator works as Helm's ServiceAccount and with exactly the
// rights that Helm gave it, in the whole cluster or in some namespaces. No Pod runs here: the
// operator is a process with the ServiceAccount's token.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <sstream>

#include "net/crypto.h"
#include "support/audit_log.h"
#include "support/helm.h"
#include "support/oidc_provider.h"
#include "support/stage.h"

namespace {

using namespace support;
namespace reason = api::reason;

// A client with the token of that ServiceAccount.
std::unique_ptr<kube::Client> client_of(Cluster& cluster, const std::string& ns,
                                        const std::string& name) {
  const std::string path = cluster.temporary_path(name + net::hex(net::random_bytes(4)));
  const Finished made =
      run({std::string{PROJECT_SOURCE_DIR} + "/dev/control-plane/kubeconfig-for-serviceaccount.sh",
           cluster.directory(), ns, name, path});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  return std::move(*kube::Client::create(*kube::load_config(path), {}));
}

// Returns the API server's answer to a SelfSubjectAccessReview. `resource`: "GROUP/RESOURCE", or
// only the resource for the core group.
bool may(kube::Client& client, const std::string& verb, const std::string& resource,
         const std::string& ns, const std::string& name = {}, const std::string& subresource = {}) {
  const std::size_t slash = resource.find('/') + 1;
  const net::Json review = {{"apiVersion", "authorization.k8s.io/v1"},
                            {"kind", "SelfSubjectAccessReview"},
                            {"spec",
                             {{"resourceAttributes",
                               {{"verb", verb},
                                {"group", slash == 0 ? "" : resource.substr(0, slash - 1)},
                                {"resource", resource.substr(slash)},
                                {"subresource", subresource},
                                {"namespace", ns},
                                {"name", name}}}}}};
  const auto answer = client.send({.method = "POST",
                                   .path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                                   .content_type = "application/json",
                                   .body = review.dump()},
                                  {});
  EXPECT_TRUE(answer.ok()) << answer.error().message;
  return answer.ok() && net::Json::parse(*answer).at("status").value("allowed", false);
}

// Rights follow their objects a moment later, and no event announces them: it polls.
bool eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (std::chrono::steady_clock::now() < end)
    if (holds()) return true;
  return false;
}

constexpr const char* kOwn = OperatorProcess::namespace_;

class Chart : public Stage {
 protected:
  static void SetUpTestSuite() {
    provider_ = std::make_unique<OidcProvider>();
    install_chart(Cluster::instance());
    Stage::SetUpTestSuite();
  }
  static void TearDownTestSuite() {
    Stage::TearDownTestSuite();
    provider_.reset();
    helm(Cluster::instance(), {"uninstall", "integration-operator", "--namespace",
                               "integration-operator", "--no-hooks"});
  }

  // With that list of namespaces (none: the whole cluster). Returns once the API server enforces
  // it.
  void install(const std::vector<std::string>& watched = {}) {
    std::vector<std::string> values;
    for (std::size_t i = 0; i < watched.size(); ++i)
      values.push_back("watchNamespaces[" + std::to_string(i) + "]=" + watched[i]);
    install_chart(cluster_, values);
    const auto client = client_of(cluster_, kOwn, "integration-operator");
    ASSERT_TRUE(eventually([&] {
      return may(*client, "list", "secrets", "") == watched.empty() &&
             may(*client, "list", "secrets", ns_) && may(*client, "create", "secrets", kOwn) &&
             may(*client, "create", "events.k8s.io/events", "default");
    }));
  }

  void make_everything() {
    provider_->register_client({client_, kClientSecret, {callback_url()}});
    cluster_.apply(issuer_offering_yaml(offering_, provider_->issuer()));
    apply_secret();
    apply_integration();
  }

  // The operator's refused requests.
  std::vector<std::string> refused(AuditLog& audit) {
    std::vector<std::string> found;
    for (const AuditEvent& event : audit.events())
      if (event.credential == operator_->credential() && event.status == 403)
        found.push_back(event.verb + " " + event.uri);
    return found;
  }
  // How many such requests succeeded.
  int done(AuditLog& audit, const std::string& verb, const std::string& resource,
           const std::string& ns) {
    const auto& events = audit.events();
    return static_cast<int>(std::count_if(events.begin(), events.end(), [&](const AuditEvent& e) {
      return e.credential == operator_->credential() && e.succeeded() && e.verb == verb &&
             e.resource == resource && e.namespace_ == ns;
    }));
  }

  std::vector<std::string> all_namespaces() {
    std::istringstream names(
        cluster_.kubectl({"get", "namespaces", "-o", "jsonpath={.items[*].metadata.name}"}).out);
    return {std::istream_iterator<std::string>{names}, {}};
  }

  static inline std::unique_ptr<OidcProvider> provider_;
};

bool forbidden(kube::Client& client, kube::ApiRequest request) {
  const auto answer = client.send(std::move(request), {});
  return !answer.ok() && answer.error().code == net::ErrorCode::Forbidden;
}

TEST_F(Chart, the_operator_works_in_the_whole_cluster_and_asks_for_nothing_in_vain) {
  install();
  AuditLog audit(cluster_);
  restart_operator();
  make_everything();
  expect_configured(await_reason(reason::configured));
  EXPECT_TRUE(eventually([&] { return done(audit, "create", "events", ns_) > 0; }));
  EXPECT_EQ(operator_->stop(), 0);
  EXPECT_EQ(refused(audit), std::vector<std::string>{});
  restart_operator();
}

TEST_F(Chart, with_watch_namespaces_it_works_there_and_asks_for_nothing_in_vain) {
  const std::string other = cluster_.make_namespace("other");
  install({ns_});
  AuditLog audit(cluster_);
  restart_operator({"--watch-namespaces", ns_});
  cluster_.apply(secret_yaml(other, "credentials", client_, kClientSecret));
  cluster_.apply(integration_yaml(other, "app", offering_));
  make_everything();
  expect_configured(await_reason(reason::configured));
  const auto elsewhere = cluster_.integrations().get({other, "app"});
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(elsewhere->status.observed_generation, -1) << "nobody looks after that namespace";
  // The operator's events about an Offering are in `default`.
  EXPECT_TRUE(eventually([&] {
    return done(audit, "create", "events", ns_) > 0 &&
           done(audit, "create", "events", "default") > 0;
  }));
  EXPECT_EQ(operator_->stop(), 0);
  EXPECT_EQ(refused(audit), std::vector<std::string>{});
  restart_operator({"--watch-namespaces", ns_});
  cluster_.delete_integrations(other);
}

TEST_F(Chart, with_watch_namespaces_it_can_read_no_secret_anywhere_else) {
  const std::string other = cluster_.make_namespace("other");
  cluster_.apply(secret_yaml(other, "credentials", client_, kClientSecret));
  apply_secret();
  install();
  const auto client = client_of(cluster_, kOwn, "integration-operator");
  const std::string named = "/api/v1/namespaces/" + other + "/secrets/credentials";
  ASSERT_TRUE(client->send({.path = named}, {}).ok()) << "without the list it can";

  install({ns_});
  ASSERT_TRUE(
      client->send({.path = "/api/v1/namespaces/" + ns_ + "/secrets/credentials"}, {}).ok());
  const std::vector<std::string> verbs = {"get",    "list",  "watch",  "create",
                                          "update", "patch", "delete", "deletecollection"};
  for (const std::string& verb : verbs)
    EXPECT_FALSE(may(*client, verb, "secrets", "")) << verb << " in the whole cluster";
  for (const std::string& ns : all_namespaces()) {
    const std::string secrets = "/api/v1/namespaces/" + ns + "/secrets";
    for (const std::string& verb : verbs) {
      const bool watched = ns == ns_ && (verb == "get" || verb == "list" || verb == "watch");
      const bool own = ns == kOwn && verb == "create";
      EXPECT_EQ(may(*client, verb, "secrets", ns), watched || own) << verb << " in " << ns;
    }
    if (ns == ns_) continue;
    EXPECT_TRUE(forbidden(*client, {.path = secrets})) << ns;
    EXPECT_TRUE(forbidden(*client, {.path = secrets + "/credentials"})) << ns;
    EXPECT_TRUE(forbidden(*client, {.path = secrets, .query = {{"watch", "true"}}})) << ns;
  }
  EXPECT_TRUE(forbidden(*client, {.path = named}));
  EXPECT_TRUE(forbidden(*client, {.path = "/api/v1/secrets"}));
  EXPECT_TRUE(forbidden(*client, {.path = "/api/v1/secrets", .query = {{"watch", "true"}}}));
  // The detours are closed, too: metadata, a Table, a token of another account.
  for (const char* as : {"PartialObjectMetadataList", "Table"})
    EXPECT_TRUE(forbidden(
        *client, {.path = "/api/v1/secrets",
                  .accept = std::string{"application/json;as="} + as + ";v=v1;g=meta.k8s.io"}));
  EXPECT_FALSE(may(*client, "create", "serviceaccounts", other, "", "token"));
  EXPECT_FALSE(may(*client, "create", "pods", other));
  EXPECT_FALSE(may(*client, "impersonate", "users", ""));
  // In its own namespace it reads its key's Secret, and no other.
  EXPECT_TRUE(may(*client, "get", "secrets", "integration-operator", "integration-operator-keys"));
  EXPECT_FALSE(may(*client, "get", "secrets", "integration-operator", "sh.helm.release.v1.x"));
}

TEST_F(Chart, a_second_install_is_refused_with_what_is_in_its_way) {
  install();
  const std::string elsewhere = cluster_.make_namespace("second");
  const Finished second =
      helm(cluster_,
           {"install", "second", std::string{PROJECT_SOURCE_DIR} + "/charts/integration-operator",
            "--namespace", elsewhere, "--set", "crds.enabled=false"});
  EXPECT_NE(second.exit_code, 0);
  EXPECT_NE(second.err.find("ClusterRole \"integration-"), std::string::npos) << second.err;
  EXPECT_NE(second.err.find("current value is \"integration-operator\""), std::string::npos)
      << second.err;
}

TEST_F(Chart, offerings_of_the_catalog_come_with_an_upgrade_and_stay_when_they_leave_it) {
  install();
  restart_operator();
  const std::string spec = "catalog.offerings." + offering_ + ".spec.";
  install_chart(cluster_,
                {spec + "displayName=Acme", spec + "provider=acme", spec + "environment=test",
                 spec + "issuer=" + provider_->issuer(), spec + "scopes.required={openid}"});
  const auto ready = cluster_.offerings().await({"", offering_}, [](const api::Offering* o) {
    return o != nullptr &&
           reason_of(o->status.conditions, api::condition::ready) == reason::available;
  });
  ASSERT_TRUE(ready);
  EXPECT_EQ(reason_of(ready->status.conditions, api::condition::ready), reason::available);
  install();
  const Finished kept = cluster_.kubectl({"get", "offering", offering_, "-o", "name"});
  EXPECT_EQ(kept.exit_code, 0) << kept.err;
}

// All but PodMonitor and HTTPRoute, whose definitions are not here.
TEST_F(Chart, whatever_is_turned_on_is_valid_in_every_field_and_restricted_without_a_warning) {
  install();
  const std::string ns = cluster_.make_namespace("restricted",
                                                 "{pod-security.kubernetes.io/enforce: restricted, "
                                                 "pod-security.kubernetes.io/warn: restricted}");
  const auto apply = [&](const std::string& more) {
    const Finished rendered =
        helm(cluster_,
             {"template", "integration-operator",
              std::string{PROJECT_SOURCE_DIR} + "/charts/integration-operator", "--namespace", ns,
              "--kube-version", "1.36", "--set",
              "publicURL=https://connect.example,ingress.enabled=true,ingress.className=public,"
              "ingress.tlsSecretName=tls,networkPolicy.enabled=true,providerCA.configMapName=ca,"
              "imagePullSecrets[0].name=registry,priorityClassName=system-cluster-critical,"
              "tolerations[0].operator=Exists,extraEnv[0].name=HTTPS_PROXY,"
              "extraEnv[0].value=http://proxy.example:3128,serviceAccount.create=false,"
              "serviceAccount.name=default,rbac.create=false" +
                  more});
    EXPECT_EQ(rendered.exit_code, 0) << rendered.err;
    return cluster_.kubectl({"apply", "--server-side", "--force-conflicts", "--dry-run=server",
                             "--validate=strict", "-f", "-"},
                            rendered.out);
  };
  const Finished accepted = apply("");
  EXPECT_EQ(accepted.exit_code, 0) << accepted.err;
  EXPECT_EQ(accepted.err, "");
  for (const char* kind :
       {"deployment", "pod", "service", "ingress", "networkpolicy", "poddisruptionbudget", "job"})
    EXPECT_NE(accepted.out.find(kind), std::string::npos) << kind << " was not among them";
  // The check can fail.
  const Finished warned = apply(",securityContext.allowPrivilegeEscalation=true");
  EXPECT_NE(warned.err.find("would violate PodSecurity"), std::string::npos) << warned.err;
  const Finished refused = apply(",podSecurityContext.nonsense=true");
  EXPECT_NE(refused.err.find("nonsense"), std::string::npos) << refused.err;
}

// Kubernetes' own roles, once the controller manager has aggregated ours.
TEST_F(Chart, whoever_may_edit_a_namespace_may_edit_its_integrations_but_nobody_gets_offerings) {
  install();
  for (const char* role : {"view", "edit", "admin"}) {
    cluster_.kubectl({"create", "serviceaccount", role, "-n", ns_});
    cluster_.kubectl({"create", "rolebinding", role, "--clusterrole", role, "--serviceaccount",
                      ns_ + ":" + role, "-n", ns_});
    const auto client = client_of(cluster_, ns_, role);
    const std::string integrations = "oauth.integrations.dev/integrations";
    EXPECT_TRUE(eventually([&] { return may(*client, "list", integrations, ns_); })) << role;
    EXPECT_EQ(may(*client, "patch", integrations, ns_), std::string{role} != "view") << role;
    EXPECT_FALSE(may(*client, "patch", integrations, ns_, "", "status")) << role;
    for (const char* verb : {"create", "update", "patch", "delete"})
      EXPECT_FALSE(may(*client, verb, "oauth.integrations.dev/offerings", "")) << role << verb;
  }
}

// A person with nothing but the ClusterRole integration-author, in one namespace.
class Author : public Chart {
 protected:
  void SetUp() override {
    Chart::SetUp();
    install();
    restart_operator();
    cluster_.kubectl({"create", "serviceaccount", "author", "-n", ns_});
    cluster_.kubectl({"create", "rolebinding", "author", "--clusterrole", "integration-author",
                      "--serviceaccount", ns_ + ":author", "-n", ns_});
    kubeconfig_ = cluster_.temporary_path("author-" + ns_);
    const Finished made = run(
        {std::string{PROJECT_SOURCE_DIR} + "/dev/control-plane/kubeconfig-for-serviceaccount.sh",
         cluster_.directory(), ns_, "author", kubeconfig_});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    client_of_author_ = std::move(*kube::Client::create(*kube::load_config(kubeconfig_), {}));
    ASSERT_TRUE(eventually([&] { return may(*client_of_author_, "update", "secrets", ns_); }));
  }
  Finished kubectl(std::vector<std::string> arguments, const std::string& input = {}) {
    arguments.insert(arguments.begin(), "kubectl");
    return run(arguments, input, {{"KUBECONFIG", kubeconfig_}});
  }
  std::string secrets() const { return "/api/v1/namespaces/" + ns_ + "/secrets"; }
  // Returns the answer's body, or the error's message: all that the author sees.
  std::string seen(kube::ApiRequest request) {
    const auto answer = client_of_author_->send(std::move(request), {});
    return answer.ok() ? *answer : answer.error().message;
  }
  static bool shows(const std::string& text, const std::string& value) {
    return text.find(value) != std::string::npos ||
           text.find(net::base64(value)) != std::string::npos;
  }
  std::string kubeconfig_;
  std::unique_ptr<kube::Client> client_of_author_;
};

TEST_F(Author, creates_and_rotates_credentials_by_kubectl_and_sees_what_became_of_them) {
  provider_->register_client({client_, "the-second-secret", {callback_url()}});
  cluster_.apply(issuer_offering_yaml(offering_, provider_->issuer()));
  const Finished secret =
      kubectl({"create", "secret", "generic", "credentials", "--from-literal",
               "client_id=" + client_, "--from-literal", "client_secret=the-first-secret"});
  ASSERT_EQ(secret.exit_code, 0) << secret.err;
  const Finished integration =
      kubectl({"create", "-f", "-"}, integration_yaml(ns_, "app", offering_));
  ASSERT_EQ(integration.exit_code, 0) << integration.err;
  expect_draft(await_reason(reason::rejected), reason::rejected, api::condition::stalled);

  const Finished rotated = kubectl({"replace", "-f", "-"},
                                   secret_yaml(ns_, "credentials", client_, "the-second-secret"));
  ASSERT_EQ(rotated.exit_code, 0) << rotated.err;
  expect_configured(await_reason(reason::configured));
  const Finished shown = kubectl({"get", "integration", "app"});
  EXPECT_NE(shown.out.find("Configured"), std::string::npos) << shown.out << shown.err;
}

TEST_F(Author, reads_no_secret_by_any_verb_nor_by_a_dry_run) {
  apply_secret();
  const std::string named = secrets() + "/credentials";
  ASSERT_TRUE(shows(*cluster_.client().send({.path = named}, {}), kClientSecret))
      << "an admin sees it there";
  std::vector<kube::ApiRequest> requests = {
      {.path = named},
      {.path = secrets()},
      {.path = secrets(), .query = {{"watch", "true"}}},
      {.method = "DELETE", .path = named},
      {.method = "DELETE",
       .path = named,
       .content_type = "application/json",
       .body = R"({"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Foreground"})"},
      {.method = "DELETE", .path = secrets()},
  };
  for (const auto& [type, body] : {std::pair{"application/json-patch+json", "[]"},
                                   {"application/merge-patch+json", "{}"},
                                   {"application/strategic-merge-patch+json", "{}"}})
    requests.push_back({.method = "PATCH", .path = named, .content_type = type, .body = body});
  requests.push_back({.method = "PATCH",
                      .path = named,
                      .query = {{"fieldManager", "author"}, {"force", "true"}},
                      .content_type = "application/apply-patch+yaml",
                      .body = R"({"apiVersion":"v1","kind":"Secret"})"});
  for (const kube::ApiRequest& request : requests) {
    EXPECT_TRUE(forbidden(*client_of_author_, request)) << request.method << request.content_type;
    EXPECT_FALSE(shows(seen(request), kClientSecret));
    if (request.method == "GET") continue;
    kube::ApiRequest dry = request;
    dry.query.emplace_back("dryRun", "All");
    EXPECT_TRUE(forbidden(*client_of_author_, dry)) << "dry: " << request.method;
  }
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"get", "secret", "credentials"},
           {"describe", "secret", "credentials"},
           {"delete", "secret", "credentials", "--cascade=foreground"},
           {"patch", "secret", "credentials", "-p", "{}"},
           {"patch", "secret", "credentials", "-p", "{}", "--dry-run=server", "-o", "yaml"},
           {"label", "secret", "credentials", "a=b", "-o", "yaml"}}) {
    const Finished finished = kubectl(arguments);
    EXPECT_NE(finished.exit_code, 0) << arguments[0];
    EXPECT_FALSE(shows(finished.out + finished.err, kClientSecret)) << arguments[0];
  }
  EXPECT_TRUE(cluster_.client().send({.path = named}, {}).ok()) << "nothing was deleted";
}

// A PUT replaces all of it: data that the request omits is gone, and not in the answer.
TEST_F(Author, is_answered_with_what_he_sent_and_nothing_that_was_there_before) {
  const std::string other_value = "of-another-key-of-the-admin";
  cluster_.apply("apiVersion: v1\nkind: Secret\nmetadata:\n  namespace: " + ns_ +
                 "\n  name: credentials\n  annotations: {note: an-annotation-of-the-admin}\n"
                 "stringData: {client_secret: " +
                 kClientSecret + ", other: " + other_value + "}\n");
  const auto sent = [&](const std::string& data, const std::string& more = {}) {
    return R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"credentials"},)" + more +
           "\"stringData\":" + data + "}";
  };
  const std::vector<std::pair<const char*, kube::ApiRequest>> requests = {
      {"a name that is taken",
       {.method = "POST", .path = secrets(), .body = sent(R"({"client_id":"mine"})")}},
      {"a type that cannot change",
       {.method = "PUT",
        .path = secrets() + "/credentials",
        .body = sent(R"({"client_id":"mine"})", R"("type":"example.com/other",)")}},
      {"a dry run",
       {.method = "PUT",
        .path = secrets() + "/credentials",
        .query = {{"dryRun", "All"}},
        .body = sent(R"({"client_id":"mine"})")}},
      {"without any data",
       {.method = "PUT",
        .path = secrets() + "/credentials",
        .query = {{"dryRun", "All"}},
        .body = R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"credentials"}})"}},
      {"a replacement",
       {.method = "PUT",
        .path = secrets() + "/credentials",
        .body = sent(R"({"client_id":"mine"})")}},
  };
  for (const auto& [what, request] : requests) {
    kube::ApiRequest typed = request;
    typed.content_type = "application/json";
    const std::string answer = seen(typed);
    EXPECT_FALSE(answer.empty()) << what;
    for (const std::string& value :
         {std::string{kClientSecret}, other_value, std::string{"an-annotation-of-the-admin"}})
      EXPECT_FALSE(shows(answer, value)) << what << ": " << answer;
  }
  const auto left =
      net::Json::parse(*cluster_.client().send({.path = secrets() + "/credentials"}, {}));
  EXPECT_EQ(left.at("data"), net::Json({{"client_id", net::base64("mine")}}))
      << "the replacement was the last of them, and replaced everything";
}

TEST_F(Author, has_no_right_beyond_the_role) {
  for (const char* verb : {"get", "list", "watch", "patch", "delete", "deletecollection"})
    EXPECT_FALSE(may(*client_of_author_, verb, "secrets", ns_)) << verb;
  for (const char* verb : {"create", "update"}) {
    EXPECT_TRUE(may(*client_of_author_, verb, "secrets", ns_)) << verb;
    EXPECT_FALSE(may(*client_of_author_, verb, "secrets", "default")) << verb;
    for (const char* resource : {"pods", "apps/deployments", "configmaps", "serviceaccounts"})
      EXPECT_FALSE(may(*client_of_author_, verb, resource, ns_)) << verb << " " << resource;
  }
  EXPECT_FALSE(may(*client_of_author_, "create", "serviceaccounts", ns_, "", "token"));
}

}  // namespace
