#!/usr/bin/env bash
# check.sh: looks at the image that dev/image left in build/image, as those who must trust it would. dev/lib/packages.sh node
# must have run.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/lib/common.sh"

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
IMAGE=$PROJECT/build/image
SBOM=$IMAGE/sbom.spdx.json
MOST_BYTES=30000000 # compressed
BINARY=/usr/bin/integration-operator

WORK=$(mktemp -d "${TMPDIR:-/tmp}/iop-image.XXXXXX")
remove_work() { rm -rf "$WORK"; }
at_exit remove_work
ROOT=$WORK/root

expect() { # WHAT COMMAND...
  local what=$1; shift
  "$@" || die "not so: $what"
  echo "$what"
}
not() { ! "$@"; }
config_is() { jq -e "$@" "$IMAGE/config.json" >/dev/null; }
sbom_has() { jq -e "$@" "$SBOM" >/dev/null; }

unpack() {
  local layer
  mkdir -p "$WORK/archive" "$ROOT"
  tar -xf "$IMAGE/image.tar" -C "$WORK/archive"
  while read -r layer; do tar -xf "$WORK/archive/$layer" -C "$ROOT"; done < <(jq -r '.[0].Layers[]' "$WORK/archive/manifest.json")
}

small() { [ "$(gzip -c "$IMAGE/image.tar" | wc -c)" -lt "$MOST_BYTES" ]; }

# All that can be executed is the operator and the loader of its libraries.
nothing_else_to_execute() {
  local others
  others=$(find "$ROOT" -type f -perm /111 ! -path "$ROOT$BINARY" ! -name 'ld-linux-*.so.*')
  [ -z "$others" ] || { echo "$others" >&2; return 1; }
}

# On a root file system that is mounted read-only, as the image's user, with nothing else mounted.
version_runs() { # EXPECTED
  local said
  # shellcheck disable=SC2016 # the other bash expands it
  said=$(unshare --mount --net bash -ec '
    mount --bind "$0" "$0"
    mount -o remount,bind,ro "$0"
    ! touch "$0/new" 2>/dev/null
    exec chroot --userspec=65532:65532 --groups= "$0" "$@"' "$ROOT" "$BINARY" --version)
  [ "$said" = "$1" ] || { echo "it said: $said" >&2; return 1; }
}

trusts_public_authorities() {
  local bundle=$ROOT/etc/ssl/certs/ca-certificates.crt own
  [ "$(grep -c 'BEGIN CERTIFICATE' "$bundle")" -gt 100 ] || return 1
  for own in /usr/local/share/ca-certificates/*.crt; do
    [ ! -f "$own" ] || not grep -qxF "$(sed -n '/BEGIN/{n;n;p;q}' "$own")" "$bundle" || return 1
  done
}

valid_spdx() {
  local installed
  installed=$CACHE/spdx-tools/$(sha256sum "$HERE/requirements.txt" | cut -c1-16)
  if [ ! -x "$installed/bin/pyspdxtools" ]; then
    python3 -m venv "$installed"
    "$installed/bin/pip" install --quiet --requirement "$HERE/requirements.txt"
  fi
  "$installed/bin/pyspdxtools" --infile "$1" 2>&1
}

# Every file of the image is in the list with its checksum and in a package, and the other way round.
lists_all_files() {
  diff <(cd "$ROOT" && find . -type f -exec sha256sum {} + | sort) \
    <(jq -r '.files[] | "\(.checksums[] | select(.algorithm == "SHA256").checksumValue)  \(.fileName)"' "$SBOM" | sort)
}

# shellcheck disable=SC2016 # jq expands it
names_libraries_packages() {
  sbom_has '
    ([.relationships[] | select(.relationshipType == "CONTAINS") | {(.relatedSpdxElement): .spdxElementId}] | add) as $package
    | [.files[] | select(.fileName | test("\\.so(\\.|$)")) | {name: .fileName, package: $package[.SPDXID]}] as $libraries
    | ($libraries | length > 10)
      and ($libraries | all(.package != null and .package != "SPDXRef-Package-integration-operator"))
      and ($libraries | any(.name == "./usr/lib/x86_64-linux-gnu/libssl.so.3" and .package == "SPDXRef-Package-libssl3"))'
}

unpack
version=$(jq -r '.Labels["org.opencontainers.image.version"]' "$IMAGE/config.json")
expect "it is smaller than $((MOST_BYTES / 1000000)) MB, compressed" small
expect "there is no shell in it, nor anything else to execute but the operator" nothing_else_to_execute
expect "it runs as a user by number, who is not root" config_is '.User == "65532:65532"'
# shellcheck disable=SC2016 # jq expands it
expect "it runs the operator" config_is --arg binary "$BINARY" '.Entrypoint == [$binary] and .Cmd == ["run"]'
expect "it runs on a read-only root file system" version_runs "integration-operator $version"
expect "its labels say what it is" config_is '.Labels | with_entries(.key |= ltrimstr("org.opencontainers.image.")) |
  .title == "integration-operator" and .licenses == "Apache-2.0" and (.revision | test("^[0-9a-f]{40}$|^unknown$"))
  and (.created | fromdateiso8601 > 0) and (.source | startswith("https://"))'
expect "it trusts public authorities, and none of this machine's own" trusts_public_authorities
expect "the list of its parts is SPDX 2.3" valid_spdx "$SBOM"
jq 'del(.packages[0].SPDXID)' "$SBOM" >"$WORK/broken.spdx.json"
expect "what is not is told from it" not valid_spdx "$WORK/broken.spdx.json"
expect "it lists every file with its checksum" lists_all_files
expect "it names the package of each library" names_libraries_packages
expect "it names what was compiled in" sbom_has 'any(.relationships[]; .relationshipType == "STATIC_LINK"
  and .relatedSpdxElement == "SPDXRef-Package-nlohmann-json3-dev")'
