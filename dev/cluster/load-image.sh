#!/usr/bin/env bash
# load-image.sh DIR IMAGE-OR-ARCHIVE...: brings images into the cluster's container runtime: those that dev/image or another
# build of this project's made, by their names, or archives as `docker save` writes them.
# shellcheck source=dev/cluster/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=dev/lib/images.sh
. "$PROJECT/dev/lib/images.sh"

[ $# -ge 2 ] || die "usage: load-image.sh DIR IMAGE-OR-ARCHIVE..."
use_cluster "$1"; shift
running node || die "$DIR: no cluster runs there"
for image; do
  archive=$image
  if [ ! -f "$image" ]; then
    archive=$(mktemp "$DIR/image.XXXXXX")
    save_image "$image" "$archive"
  fi
  in_node ctr -n k8s.io images import "$(realpath "$archive")" >/dev/null
  [ "$archive" = "$image" ] || rm -f "$archive"
done
