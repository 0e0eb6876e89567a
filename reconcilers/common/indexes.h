// The indexes by which one kind finds the objects of another in its Store.
#pragma once

#include "api/integration.h"
#include "kube/store.h"

namespace reconcilers {

inline constexpr const char* integrations_by_offering = "offering";  // spec.offeringRef.name
inline constexpr const char* integrations_by_secret =
    "secret";  // "namespace/name" of the credentials Secret
inline constexpr const char* integrations_by_namespace = "namespace";
void add_integration_indexes(kube::Store<api::Integration>& store);

}  // namespace reconcilers
