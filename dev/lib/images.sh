# How images are built and saved: by buildah, or else by podman or docker. Source it after common.sh.
# shellcheck shell=bash

for BUILDER in buildah podman docker none; do
  ! command -v "$BUILDER" >/dev/null || break
done
[ "$BUILDER" != none ] || die "none of buildah, podman and docker is here: dev/lib/packages.sh node installs buildah"

# buildah keeps everything in our cache, the Dockerfile's cache mounts too: they follow TMPDIR.
IMAGES=$CACHE/images
BUILDAH=(env "TMPDIR=$IMAGES/tmp" buildah --root "$IMAGES/storage" --runroot "$IMAGES/run")
mkdir -p "$IMAGES/tmp"

# build_image ARGUMENT...: with the arguments of `docker build`.
build_image() {
  case $BUILDER in
    # chroot needs no more rights than the build itself does, so that this works inside of a container, too.
    buildah) "${BUILDAH[@]}" build --layers --isolation chroot "$@" ;;
    podman) podman build --layers "$@" ;;
    docker) DOCKER_BUILDKIT=1 docker build "$@" ;;
  esac
}

# save_image NAME FILE: the archive that `docker load`, `podman load` and `ctr images import` read.
save_image() {
  rm -f "$2"
  case $BUILDER in
    buildah) "${BUILDAH[@]}" push -q "$1" "docker-archive:$2:$1" ;;
    *) "$BUILDER" save -o "$2" "$1" ;;
  esac
}

# inspect_image NAME: its configuration (User, Entrypoint, Labels, …) as JSON.
inspect_image() {
  case $BUILDER in
    buildah) "${BUILDAH[@]}" inspect --type image "$1" | jq .OCIv1.config ;;
    *) "$BUILDER" image inspect "$1" | jq '.[0].Config' ;;
  esac
}

# base_image: sets BASE to the base of images: DEBIAN of the environment, or Debian's own image, or with buildah one that
# this script makes of Debian's packages, without an image registry. Its name marks it as local.
base_image() {
  BASE=${DEBIAN:-docker.io/library/debian:12-slim}
  [ -z "${DEBIAN:-}" ] && [ "$BUILDER" = buildah ] || return 0
  BASE=localhost/debian:12-slim
  "${BUILDAH[@]}" inspect --type image "$BASE" >/dev/null 2>&1 ||
    quietly "making a Debian image of packages" make_debian_image "$BASE"
}

make_debian_image() { # NAME
  local context
  context=$(mktemp -d "$IMAGES/tmp/debian.XXXXXX")
  mmdebstrap --variant=minbase bookworm "$context/root.tar"
  printf 'FROM scratch\nADD root.tar /\nCMD ["bash"]\n' | "${BUILDAH[@]}" build -q -t "$1" -f - "$context"
  rm -rf "$context"
}
