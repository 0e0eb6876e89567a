// Reads manifests of Offerings as the cluster does, but without a cluster. Pure.
#pragma once

#include <string>

#include "api/offering.h"
#include "net/result.h"

namespace op {

// Returns the one Offering among the YAML (or JSON) documents of `text`; ignores documents of other
// kinds. Invalid, with "FILE:LINE: field: the mistake", if it is not YAML, has no Offering or
// several (the message names the documents), or breaks the CRD's schema, for example by an unknown
// field. Messages name the source `file`. The Offering's status is not read: it is the operator's.
net::Result<api::Offering> read_offering(const std::string& text, const std::string& file);

}  // namespace op
