// A GitOps pipeline: the real kustomize-controller of Flux applies an Offering, a Secret and
// Integrations as one set, and waits until they are healthy.
#include <gtest/gtest.h>

#include <algorithm>

#include "net/crypto.h"
#include "support/audit_log.h"
#include "support/flux.h"
#include "support/oidc_provider.h"
#include "support/stage.h"

namespace {

using namespace support;
namespace reason = api::reason;

using Files = std::map<std::string, std::string>;

class FluxTest : public Stage {
 protected:
  static void SetUpTestSuite() {
    provider_ = std::make_unique<OidcProvider>();
    Stage::SetUpTestSuite();
    flux_ = std::make_unique<Flux>(Cluster::instance());
  }
  static void TearDownTestSuite() {
    flux_.reset();
    Stage::TearDownTestSuite();
    provider_.reset();
  }

  void SetUp() override {
    Stage::SetUp();
    set_ = {ns_, "set"};
    provider_->register_client({client_, kClientSecret, {callback_url()}});
  }
  void TearDown() override {
    if (HasFailure())
      std::fprintf(stderr, "the end of Flux's log:\n%s\n", flux_->end_of_log().c_str());
    cluster_.kubectl({"delete", "kustomizations", "--all", "-n", ns_, "--timeout=30s"});
    Stage::TearDown();
  }

  Files whole_set(const std::string& secret = kClientSecret) const {
    return {{"offering.yaml", issuer_offering_yaml(offering_, provider_->issuer())},
            {"secret.yaml", secret_yaml(ns_, "credentials", client_, secret)},
            {"crm.yaml", integration_yaml(ns_, "app", offering_)},
            {"billing.yaml", integration_yaml(ns_, "billing", offering_)}};
  }
  std::string commit(const Files& files) { return flux_->commit(set_, files); }
  // The set is applied, and Ready.
  void install(const Files& files) {
    const std::string revision = commit(files);
    cluster_.apply(kustomization_yaml(set_));
    expect_applied(revision);
  }
  void expect_applied(const std::string& revision) {
    const Kustomization ready = flux_->await_ready(set_, revision);
    EXPECT_EQ(ready.last_applied_revision, revision) << message_of(ready.conditions, "Ready");
  }

  kube::Json object(const std::string& what) {
    const Finished got =
        cluster_.kubectl({"get", what, "-n", ns_, "-o", "json", "--show-managed-fields"});
    EXPECT_EQ(got.exit_code, 0) << got.err;
    return got.exit_code == 0 ? kube::Json::parse(got.out) : kube::Json::object();
  }
  std::vector<std::string> of_the_set() const {
    return {"offering/" + offering_, "secret/credentials", "integration/app",
            "integration/billing"};
  }
  // The successful writes in this test's namespace that two writers might fight over.
  std::vector<AuditEvent> writes(AuditLog& audit, const std::string& user) const {
    std::vector<AuditEvent> found;
    for (const AuditEvent& event : audit.events()) {
      const bool ours = event.name == offering_ || event.namespace_ == ns_;
      const bool theirs = event.group == "oauth.integrations.dev" || event.resource == "secrets";
      const bool tried_only = event.uri.find("dryRun=All") != std::string::npos;
      if (ours && theirs && event.is_write() && event.succeeded() && !tried_only &&
          (user.empty() || event.user == user))
        found.push_back(event);
    }
    return found;
  }

  static inline std::unique_ptr<OidcProvider> provider_;
  static inline std::unique_ptr<Flux> flux_;
  kube::NamespacedName set_;
  static constexpr const char* kOperator =
      "system:serviceaccount:integration-operator:integration-operator";
};

TEST_F(FluxTest, a_whole_set_is_ready_when_the_provider_has_accepted_it) {
  install(whole_set());
  for (const char* name : {"app", "billing"})
    expect_configured(*cluster_.integrations().get({ns_, name}));
}

TEST_F(FluxTest, a_wrong_secret_fails_the_set_at_once_and_by_name_and_a_mended_one_makes_it_ready) {
  const auto begun = std::chrono::steady_clock::now();
  const std::string wrong = commit(whole_set("not-the-secret"));
  cluster_.apply(kustomization_yaml(set_));  // its timeout is 5 minutes
  const Kustomization failed = flux_->await_unhealthy(set_, wrong);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::minutes{1});
  const std::string said = message_of(failed.conditions, "Ready");
  EXPECT_NE(said.find("failed early due to stalled resources"), std::string::npos) << said;
  EXPECT_NE(said.find("Integration/" + ns_ + "/"), std::string::npos) << said;
  EXPECT_EQ(failed.last_applied_revision, "");
  // Flux names the object; the object's message has the remedy.
  const api::Integration rejected = await_reason(reason::rejected);
  EXPECT_NE(message(rejected).find("invalid_client"), std::string::npos) << message(rejected);

  expect_applied(commit(whole_set()));
  expect_configured(*cluster_.integrations().get({ns_, "app"}));
}

TEST_F(FluxTest, what_is_taken_out_of_the_source_is_pruned_and_nothing_hangs) {
  install(whole_set());
  Files fewer = whole_set();
  fewer.erase("billing.yaml");
  expect_applied(commit(fewer));
  const auto gone = [](const api::Integration* i) { return i == nullptr; };
  EXPECT_EQ(cluster_.integrations().await({ns_, "billing"}, gone), nullptr);
  expect_configured(*cluster_.integrations().get({ns_, "app"}));

  // The Offering goes with its last user, though its deletion is requested first.
  const Finished deleted =
      cluster_.kubectl({"delete", "kustomization", set_.name, "-n", ns_, "--timeout=30s"});
  EXPECT_EQ(deleted.exit_code, 0) << deleted.err;
  EXPECT_EQ(cluster_.integrations().await({ns_, "app"}, gone), nullptr);
  EXPECT_EQ(cluster_.offerings().await({"", offering_},
                                       [](const api::Offering* o) { return o == nullptr; }),
            nullptr);
  EXPECT_EQ(cluster_.kubectl({"get", "secret", "credentials", "-n", ns_}).exit_code, 1);
}

TEST_F(FluxTest, flux_and_the_operator_never_write_over_each_other) {
  install(whole_set());
  std::map<std::string, kube::Json> before;
  for (const std::string& what : of_the_set()) before[what] = object(what).at("metadata");
  AuditLog audit(cluster_);
  for (int times = 0; times < 3; ++times) flux_->reconcile(set_);
  for (const std::string& what : of_the_set())
    EXPECT_EQ(object(what).at("metadata"), before[what]) << what;
  for (const AuditEvent& event : writes(audit, ""))
    ADD_FAILURE() << event.user << " wrote: " << event.verb << " " << event.uri;
  const auto tried =
      std::count_if(audit.events().begin(), audit.events().end(), [&](const AuditEvent& event) {
        return event.user == Flux::user && event.name == "app" && event.namespace_ == ns_ &&
               event.uri.find("dryRun=All") != std::string::npos;
      });
  EXPECT_GE(tried, 3) << "Flux looks for drift";
}

TEST_F(FluxTest, the_operator_owns_statuses_and_the_finalizer_and_flux_the_rest) {
  install(whole_set());
  for (const std::string& what : of_the_set()) {
    for (const kube::Json& entry : object(what).at("metadata").at("managedFields")) {
      const std::string manager = entry.at("manager");
      const std::string fields = entry.at("fieldsV1").dump();
      SCOPED_TRACE(what + " " + manager + " " + fields);
      if (manager == "kustomize-controller") {
        EXPECT_EQ(fields.find("f:status"), std::string::npos);
        continue;
      }
      EXPECT_EQ(manager, "integration-operator");
      EXPECT_EQ(fields.find("f:spec"), std::string::npos);
      EXPECT_EQ(fields.find("f:labels"), std::string::npos);
      EXPECT_EQ(fields.find("f:annotations"), std::string::npos);
      EXPECT_EQ(what.starts_with("secret"), false) << "Secrets belong to their authors";
      EXPECT_TRUE(entry.value("subresource", "") == "status" ||
                  fields.find("f:finalizers") != std::string::npos);
    }
  }
}

TEST_F(FluxTest, a_change_by_hand_is_taken_back_and_judged_again_and_nothing_else_is_written) {
  install(whole_set());
  cluster_.kubectl({"patch", "integration", "app", "-n", ns_, "--type=merge", "-p",
                    R"({"spec":{"scopes":["openid","mail"]}})"});
  EXPECT_EQ(reason_of_condition(await_reason(reason::scopes_not_offered), "Ready"),
            reason::scopes_not_offered);
  AuditLog audit(cluster_);
  flux_->reconcile(set_);
  expect_configured(await_reason(reason::configured));
  const auto mended = writes(audit, Flux::user);
  EXPECT_GE(mended.size(), 1U);
  for (const AuditEvent& event : mended)
    EXPECT_EQ(event.uri.substr(0, event.uri.find('?')),
              api::Integration::resource().path(ns_) + "/app");
  for (const AuditEvent& event : writes(audit, kOperator))
    EXPECT_EQ(event.subresource, "status") << event.uri;
  flux_->reconcile(set_);
  EXPECT_EQ(writes(audit, Flux::user).size(), mended.size()) << "and that was all";
}

// docs/gitops.md: a Secret whose name has its content's hash also changes the Integration, and so
// its generation, which decides its health.
Files generated(const std::string& ns, const std::string& offering, const std::string& issuer,
                const std::string& client, const std::string& secret) {
  return {{"kustomization.yaml",
           "resources: [offering.yaml, integration.yaml]\n"
           "secretGenerator:\n"
           "  - name: credentials\n"
           "    namespace: " +
               ns +
               "\n"
               "    envs: [credentials.env]\n"
               "configurations: [references.yaml]\n"},
          {"references.yaml",
           "nameReference:\n"
           "  - kind: Secret\n"
           "    version: v1\n"
           "    fieldSpecs:\n"
           "      - {kind: Integration, path: spec/credentialsSecretRef/name}\n"},
          {"credentials.env", "client_id=" + client + "\nclient_secret=" + secret + "\n"},
          {"offering.yaml", issuer_offering_yaml(offering, issuer)},
          {"integration.yaml", integration_yaml(ns, "app", offering)}};
}

TEST_F(FluxTest, a_rotation_with_a_generated_name_is_ready_only_when_the_new_secret_is_accepted) {
  const auto with = [&](const std::string& secret) {
    return generated(ns_, offering_, provider_->issuer(), client_, secret);
  };
  install(with(kClientSecret));
  const api::Integration first = await_reason(reason::configured);
  EXPECT_NE(first.spec.credentials_secret_ref.name, "credentials") << "with a hash";

  const std::string wrong = commit(with("a-wrong-one"));
  const Kustomization failed = flux_->await_unhealthy(set_, wrong);
  EXPECT_EQ(failed.ready_reason(), "HealthCheckFailed");
  EXPECT_NE(failed.last_applied_revision, wrong) << "never Ready with a wrong secret";

  provider_->register_client({client_, "the-next-secret", {callback_url()}});
  expect_applied(commit(with("the-next-secret")));
  const api::Integration last = await_reason(reason::configured);
  expect_configured(last);
  EXPECT_NE(last.spec.credentials_secret_ref.name, first.spec.credentials_secret_ref.name);
  const Finished old = cluster_.kubectl(
      {"get", "secret", first.spec.credentials_secret_ref.name, "-n", ns_, "--ignore-not-found"});
  EXPECT_EQ(old.out, "") << "pruned";
}

// As External Secrets or Sealed Secrets bring it.
TEST_F(FluxTest, a_secret_that_somebody_else_brings_is_waited_for) {
  Files without = whole_set();
  without.erase("secret.yaml");
  const std::string revision = commit(without);
  cluster_.apply(kustomization_yaml(set_));
  await_reason(reason::secret_not_found);
  const auto waiting = flux_->kustomizations().await(set_, [&](const Kustomization* k) {
    return k != nullptr &&
           message_of(k->conditions, "Reconciling").find("health") != std::string::npos;
  });
  EXPECT_EQ(waiting->ready_reason(), "Progressing");
  apply_secret();
  expect_applied(revision);
}

TEST_F(FluxTest, what_sops_encrypted_is_verified_as_what_it_was) {
  const std::string key = run({"age-keygen"}).out;
  const std::string recipient = run({"age-keygen", "-y"}, key).out;
  cluster_.apply("apiVersion: v1\nkind: Secret\nmetadata: {namespace: " + ns_ +
                 ", name: sops-age}\ndata: {age.agekey: " + net::base64(key) + "}\n");
  const auto encrypted = [&](const std::string& text, const std::string& type) {
    const Finished made =
        run({"sops", "encrypt", "--age", recipient.substr(0, recipient.find('\n')),
             "--encrypted-regex", "^(data|stringData|client_.*)$", "--input-type", type,
             "--output-type", type, "/dev/stdin"},
            text);
    EXPECT_EQ(made.exit_code, 0) << made.err;
    EXPECT_EQ(made.out.find(kClientSecret), std::string::npos);
    return made.out;
  };
  cluster_.apply(
      kustomization_yaml(set_, "  decryption: {provider: sops, secretRef: {name: sops-age}}\n"));
  Files files = whole_set();
  files["secret.yaml"] = encrypted(files["secret.yaml"], "yaml");
  expect_applied(commit(files));
  expect_configured(await_reason(reason::configured));

  files = generated(ns_, offering_, provider_->issuer(), client_, kClientSecret);
  files["credentials.env"] = encrypted(files["credentials.env"], "dotenv");
  expect_applied(commit(files));
  expect_configured(await_reason(reason::configured));
}

TEST_F(FluxTest, what_depends_on_a_set_waits_until_its_integrations_are_configured) {
  const std::string wrong = commit(whole_set("not-the-secret"));
  const kube::NamespacedName apps{ns_, "apps"};
  const std::string revision = flux_->commit(
      apps, {{"app.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: " + ns_ +
                              ", name: an-app}\n"}});
  cluster_.apply(kustomization_yaml(set_));
  cluster_.apply(kustomization_yaml(apps, "  dependsOn: [{name: set}]\n"));
  flux_->await_unhealthy(set_, wrong);
  const auto waiting = flux_->kustomizations().await(apps, [](const Kustomization* k) {
    return k != nullptr && k->ready_reason() == "DependencyNotReady";
  });
  EXPECT_EQ(waiting->last_attempted_revision, "");
  expect_applied(commit(whole_set()));
  EXPECT_EQ(flux_->await_ready(apps, revision).last_applied_revision, revision);
}

}  // namespace
