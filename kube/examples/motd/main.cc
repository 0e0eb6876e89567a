// motd: keeps a ConfigMap "motd" in every namespace that has the label motd.example/enabled=true.
// Deleted or edited, it is made anew; it goes when the label goes.
#include <iostream>

#include "kube/core.h"
#include "kube/runtime.h"
#include "kube/signals.h"
#include "kube/watch.h"

namespace {

constexpr const char* kName = "motd";
constexpr const char* kText = "Be kind: somebody else is on call tonight.";

// A ConfigMap as far as this controller looks at it. A type of your own, a CRD's for instance,
// needs just as much: metadata, where it is served, how it is read.
struct ConfigMap {
  kube::ObjectMeta metadata;
  std::string text;
  static const kube::Resource& resource() {
    static const kube::Resource resource{"", "v1", "configmaps", "ConfigMap"};
    return resource;
  }
};
void from_json(const kube::Json& json, ConfigMap& config_map) {
  json.at("metadata").get_to(config_map.metadata);
  config_map.text = net::string_member(json.value("data", kube::Json::object()), "text");
}

bool enabled(const kube::Namespace& ns) {
  const auto label = ns.metadata.labels.find("motd.example/enabled");
  return label != ns.metadata.labels.end() && label->second == "true";
}

// Keys are names of namespaces.
class MotdReconciler : public kube::Reconciler {
 public:
  MotdReconciler(kube::Client& client, const kube::Store<kube::Namespace>& namespaces,
                 const kube::Store<ConfigMap>& config_maps)
      : client_(client), namespaces_(namespaces), config_maps_(config_maps) {}

  net::Result<kube::ReconcileResult> reconcile(const kube::NamespacedName& key,
                                               const kube::ReconcileContext& context) override {
    const kube::NamespacedName name{key.name, kName};
    const auto ns = namespaces_.get(key);
    const auto found = config_maps_.get(name);
    net::Status done;
    if (ns == nullptr || ns->metadata.being_deleted()) return kube::ReconcileResult{};
    if (!enabled(*ns) && found != nullptr) done = remove(*found, context);
    if (enabled(*ns) && (found == nullptr || found->text != kText)) done = apply(name, context);
    if (!done.ok()) return done.error();  // tried again, later and later
    return kube::ReconcileResult{};
  }

 private:
  net::Status apply(const kube::NamespacedName& name, const kube::ReconcileContext& context) {
    const kube::Json fields = {
        {"metadata", {{"labels", {{"app.kubernetes.io/managed-by", kName}}}}},
        {"data", {{"text", kText}}},
    };
    const auto applied = client_.apply<ConfigMap>(name, "", "", fields, kName, context.stop);
    if (!applied.ok()) return applied.error();
    context.log.info("Applied the ConfigMap");
    return {};
  }
  net::Status remove(const ConfigMap& found, const kube::ReconcileContext& context) {
    net::Status removed =
        client_.remove<ConfigMap>(found.metadata.key(), {.uid = found.metadata.uid}, context.stop);
    if (!removed.ok() && removed.error().code == net::ErrorCode::NotFound) return {};
    if (removed.ok()) context.log.info("Removed the ConfigMap");
    return removed;
  }

  kube::Client& client_;
  const kube::Store<kube::Namespace>& namespaces_;
  const kube::Store<ConfigMap>& config_maps_;
};

int fail(const net::Error& error) {
  std::cerr << kName << ": " << error.message << "\n";
  return 1;
}

}  // namespace

// motd [PROBE-ADDRESS]; the cluster is that of KUBECONFIG, of the Pod, or of ~/.kube/config.
int main(int argc, char** argv) {
  const kube::StopOnSignal stop;
  const auto runtime = kube::Runtime::create({.name = kName,
                                              .version = "0.1",
                                              .probe_address = argc > 1 ? argv[1] : ":8080",
                                              .lease = {.namespace_ = "", .name = kName}});
  if (!runtime.ok()) return fail(runtime.error());
  kube::Runtime& motd = **runtime;

  auto& namespaces = motd.add_informer<kube::Namespace>();
  auto& config_maps =
      motd.add_informer<ConfigMap>({.label_selector = "app.kubernetes.io/managed-by=motd"});
  MotdReconciler reconciler(motd.client(), namespaces.store(), config_maps.store());
  kube::WorkQueue& queue = motd.add_controller(kName, reconciler).queue();
  kube::watch(namespaces, queue);
  kube::watch(config_maps, queue, [](const ConfigMap& each) {
    return kube::Keys{{"", each.metadata.namespace_}};
  });

  const net::Status ended = motd.run(stop.token());
  return ended.ok() ? 0 : fail(ended.error());
}
