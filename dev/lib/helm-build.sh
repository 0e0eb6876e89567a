#!/usr/bin/env bash
# Builds Helm from its Go module into the cache, unless it is there at the pinned version.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=dev/lib/go.sh
. "$PROJECT/dev/lib/go.sh"

# Two clones share the cache: one builds, the other waits for it.
exec 9>"$CACHE/helm-build.lock"
flock 9
build_tool helm "$HELM_VERSION" helm.sh/helm/v3 helm.sh/helm/v3/cmd/helm \
  "-X helm.sh/helm/v3/internal/version.version=v$HELM_VERSION"
