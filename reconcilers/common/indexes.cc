#include "reconcilers/common/indexes.h"

#include <string>
#include <vector>

namespace reconcilers {

void add_integration_indexes(kube::Store<api::Integration>& store) {
  using Keys = std::vector<std::string>;
  store.add_index(integrations_by_offering,
                  [](const api::Integration& i) { return Keys{i.spec.offering}; });
  store.add_index(integrations_by_secret, [](const api::Integration& i) {
    return Keys{i.metadata.namespace_ + "/" + i.spec.credentials_secret_ref.name};
  });
  store.add_index(integrations_by_namespace,
                  [](const api::Integration& i) { return Keys{i.metadata.namespace_}; });
}

}  // namespace reconcilers
