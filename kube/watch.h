// Whom a change concerns: from what an informer sees to the keys of a controller's queue
// (controller-runtime's handler.EnqueueRequestsFromMapFunc and EnqueueRequestForObject).
//
//   kube::watch(deployments, controller.queue());  // an Informer, or an InformerSet
//   kube::watch(pods, controller.queue(), kube::controlling_owner<Deployment, Pod>);
#pragma once

#include <utility>
#include <vector>

#include "kube/informer.h"
#include "kube/meta.h"
#include "kube/pacer.h"
#include "kube/work_queue.h"

namespace kube {

using Keys = std::vector<NamespacedName>;

// Reports the changes of objects of one type: an Informer, or an InformerSet.
template <class S>
concept ChangeSource = KubeObject<typename S::Object> &&
    requires(S source, typename S::Handler handler) {
  source.on_change(handler);
};

// Adds the keys that `keys_of` (T -> Keys) gives to `queue` at each change: for the object as it
// was and as it is, since a change may take it from one of them to another. An update of
// which `matters` (before, after -> bool; predicate.Funcs' UpdateFunc) says no adds nothing.
// Objects of a list have low priority. Before the informer runs; the functions are called on its
// thread (those of a set: on several threads at once) and must not block. `queue` outlives the
// informer.
template <ChangeSource S, class KeysOf, class Matters>
void watch(S& source, WorkQueue& queue, KeysOf keys_of, Matters matters) {
  source.on_change([&queue, keys_of = std::move(keys_of), matters = std::move(matters)](
                       const auto& change, bool initial) {
    if (change.before && change.after && !matters(*change.before, *change.after)) return;
    const Priority priority = initial ? Priority::Low : Priority::Normal;
    for (const auto& object : {change.before, change.after}) {
      if (object != nullptr) queue.add_all(keys_of(*object), priority);
    }
  });
}

// The same where the keys follow from the object's name alone (`keys_of`: NamespacedName -> Keys):
// they are looked up once for each change. With a `pacer`, an object that changes again and again
// is taken up later and later; it outlives the informer, and begins with what a watch brings.
template <ChangeSource S, class KeysOf, class Matters>
void watch_by_name(S& source, WorkQueue& queue, KeysOf keys_of, Matters matters,
                   Pacer* pacer = nullptr) {
  source.on_change([&queue, keys_of = std::move(keys_of), matters = std::move(matters), pacer](
                       const auto& change, bool initial) {
    if (change.before && change.after && !matters(*change.before, *change.after)) return;
    const NamespacedName name = (change.after ? change.after : change.before)->metadata.key();
    const Keys keys = keys_of(name);
    if (initial) return queue.add_all(keys, Priority::Low);
    const bool paced = pacer != nullptr && !keys.empty();
    queue.add_all(keys, Priority::Normal, paced ? pacer->delay(name) : net::Duration::zero());
  });
}

// The same for every update.
template <ChangeSource S, class KeysOf>
void watch(S& source, WorkQueue& queue, KeysOf keys_of) {
  watch(source, queue, std::move(keys_of), [](const auto&, const auto&) { return true; });
}

// The same with the object's own key.
template <ChangeSource S>
void watch(S& source, WorkQueue& queue) {
  watch(source, queue,
        [](const typename S::Object& object) { return Keys{object.metadata.key()}; });
}

// The key of the Owner that controls `object`, if one does: the object to reconcile when one of
// its products changes (EnqueueRequestForOwner with OnlyControllerOwner; like there, group and kind
// identify an Owner, not its version).
template <KubeObject Owner, KubeObject T>
Keys controlling_owner(const T& object) {
  const Resource& resource = Owner::resource();
  for (const OwnerReference& owner : object.metadata.owner_references) {
    if (!owner.controller || owner.kind != resource.kind || owner.group() != resource.group)
      continue;
    return {{resource.namespaced ? object.metadata.namespace_ : "", owner.name}};
  }
  return {};
}

// For the metadata of what `owner`'s controller makes: it is found again by controlling_owner, and
// deleted with its owner by the cluster's garbage collector
// (controllerutil.SetControllerReference).
template <KubeObject Owner>
OwnerReference controller_reference(const Owner& owner) {
  const Resource& resource = Owner::resource();
  return {.api_version = resource.api_version(),
          .kind = resource.kind,
          .name = owner.metadata.name,
          .uid = owner.metadata.uid,
          .controller = true,
          .block_owner_deletion = true};
}

}  // namespace kube
