#!/usr/bin/env bash
# Builds Flux's kustomize-controller from its Go module into the cache, with SOPS and age, for encryption,
# and puts the definitions of its own kinds and of the source kinds into CACHE/flux. Idempotent: it does not remake
# programs that are there at the pinned versions.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=dev/lib/go.sh
. "$PROJECT/dev/lib/go.sh"

CRDS=$CACHE/flux
CONTROLLER=$FLUX_KUSTOMIZE_CONTROLLER_VERSION
VERSIONS=$CONTROLLER+$FLUX_SOURCE_CONTROLLER_VERSION

module_dir() { go mod download -json "github.com/fluxcd/$1@v$2" | jq -er .Dir; } # NAME VERSION

# With its own go.mod, which pins and replaces what it is made of, SOPS and age among it. Of that, only its folder `api` is no part of the module.
build_kustomize_controller() {
  local source sources=$SRC/kustomize-controller
  ensure_go
  source=$(module_dir kustomize-controller "$CONTROLLER")
  rm -rf "$sources"
  cp -r "$source" "$sources"
  chmod -R u+w "$sources"
  cd "$sources"
  go mod edit -dropreplace github.com/fluxcd/kustomize-controller/api
  CGO_ENABLED=0 go build -v -buildvcs=false -ldflags '-s -w' -o "$BIN/" \
    . github.com/getsops/sops/v3/cmd/sops filippo.io/age/cmd/age-keygen
  copy_crds "$sources" "$(module_dir source-controller "$FLUX_SOURCE_CONTROLLER_VERSION")"
  echo "$VERSIONS" >"$BIN/.kustomize-controller.version"
}
copy_crds() { # SOURCES...
  local sources
  mkdir -p "$CRDS"
  for sources; do install -m 644 "$sources"/config/crd/bases/*.yaml "$CRDS"; done
}

exec 9>"$CACHE/flux-build.lock"
flock -n 9 || { say "another build of Flux is under way: waiting for it"; flock 9; }
built kustomize-controller "$VERSIONS" ||
  quietly "building Flux's kustomize-controller $CONTROLLER" build_kustomize_controller
