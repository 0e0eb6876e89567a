#include "support/cluster_provider.h"

#include "support/test_certificates.h"

namespace support {
namespace {

constexpr const char* kManifest = R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: provider}
spec:
  selector: {matchLabels: {app: provider}}
  template:
    metadata: {labels: {app: provider}}
    spec:
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: provider
          image: localhost/oidc-provider:dev
          imagePullPolicy: IfNotPresent
          args: [--issuer, "@ISSUER@", --tls-cert, /tls/tls.crt, --tls-key, /tls/tls.key]
          ports: [{name: https, containerPort: 8443}, {name: admin, containerPort: 8080}]
          readinessProbe: {tcpSocket: {port: admin}, periodSeconds: 1}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          volumeMounts: [{name: tls, mountPath: /tls}]
      volumes: [{name: tls, secret: {secretName: provider}}]
---
apiVersion: v1
kind: Service
metadata: {name: provider}
spec:
  selector: {app: provider}
  ports: [{name: https, port: 443, targetPort: https}, {name: admin, port: 8080, targetPort: admin}]
)";

std::string with(std::string text, const std::string& placeholder, const std::string& value) {
  text.replace(text.find(placeholder), placeholder.size(), value);
  return text;
}

}  // namespace

ClusterProvider::ClusterProvider(Kubernetes& cluster)
    : cluster_(cluster),
      namespace_(cluster.make_namespace("provider")),
      issuer_("https://provider." + namespace_ + ".svc") {
  const TestCa ca;
  const auto certificate = ca.issue(
      {.common_name = "provider", .alternative_names = "DNS:provider." + namespace_ + ".svc"});
  ca_bundle_ = ca.cert_pem();
  const net::Json secret = {
      {"apiVersion", "v1"},
      {"kind", "Secret"},
      {"metadata", {{"name", "provider"}}},
      {"type", "kubernetes.io/tls"},
      {"stringData", {{"tls.crt", certificate.cert_pem}, {"tls.key", certificate.key_pem}}}};
  cluster_.apply(secret.dump(), {"-n", namespace_});
  cluster_.apply(with(kManifest, "@ISSUER@", issuer_), {"-n", namespace_});
  must(cluster_.kubectl(
           {"rollout", "status", "deployment/provider", "-n", namespace_, "--timeout=180s"}),
       "waiting for the provider's Pod");
}

ClusterProvider::~ClusterProvider() {
  cluster_.kubectl({"delete", "namespace", namespace_, "--wait=false"});
}

std::string ClusterProvider::admin(const std::string& method, const std::string& path,
                                   const std::string& body) {
  const auto answer = cluster_.client().send(
      {.method = method,
       .path = "/api/v1/namespaces/" + namespace_ + "/services/http:provider:admin/proxy" + path,
       .content_type = body.empty() ? "" : "application/json",
       .body = body},
      {});
  if (!answer.ok())
    give_up(method + " " + path + " at the provider's admin side: " + answer.error().message);
  return *answer;
}

}  // namespace support
