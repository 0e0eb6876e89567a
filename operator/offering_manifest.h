// Offerings as people write them: the manifests that the cluster takes, without a cluster. Pure.
#pragma once

#include <string>

#include "api/offering.h"
#include "net/result.h"

namespace op {

// The one Offering among the YAML (or JSON) documents of `text`; documents of other kinds are
// passed over. Invalid, with "FILE:LINE: field: what is wrong": not YAML, no Offering or several
// (what is there is named), or what the CRD does not allow, fields that it does not have included.
// `file` is what messages call it. The status that an Offering may bring along is not read: it is
// the operator's.
net::Result<api::Offering> read_offering(const std::string& text, const std::string& file);

}  // namespace op
