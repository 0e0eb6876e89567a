#!/usr/bin/env bash
# Builds Helm, and what documents and tests its charts, from their Go modules into the cache, unless they are there at the
# pinned versions.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=dev/lib/go.sh
. "$PROJECT/dev/lib/go.sh"

# Two clones share the cache: one builds, the other waits for it.
exec 9>"$CACHE/helm-build.lock"
flock 9
build_tool helm "$HELM_VERSION" helm.sh/helm/v3 helm.sh/helm/v3/cmd/helm \
  "-X helm.sh/helm/v3/internal/version.version=v$HELM_VERSION"
build_tool helm-docs "$HELM_DOCS_VERSION" github.com/norwoodj/helm-docs github.com/norwoodj/helm-docs/cmd/helm-docs
build_tool helm-unittest "$HELM_UNITTEST_VERSION" github.com/helm-unittest/helm-unittest \
  github.com/helm-unittest/helm-unittest/cmd/helm-unittest
