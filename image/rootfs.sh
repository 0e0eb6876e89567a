#!/usr/bin/env bash
# rootfs.sh BUILD OUT: makes OUT/rootfs, the image's root file system, for the operator that was built in the folder BUILD,
# and two lists for sbom.sh: OUT/files (path, its package) and OUT/compiled-in (packages whose headers the binary is made
# of). Runs in the Dockerfile's build stage.
set -euo pipefail

BUILD=$1 OUT=$2
ROOT=$OUT/rootfs
BINARY=$BUILD/bin/integration-operator
PROJECT=integration-operator # stands for ourselves where a Debian package is named otherwise
LIBRARIES=/usr/lib/$(uname -m)-linux-gnu

# owner FILE: the Debian package that brought it. dpkg knows a file by the path that its package used, from before or after
# /lib became a link to /usr/lib.
owner() { { dpkg -S "$1" || dpkg -S "${1#/usr}" || dpkg -S "/usr$1"; } 2>/dev/null | sed 's/:.*//; q'; }

# place PACKAGE PATH [FILE]: PATH of the image is FILE, or else standard input.
place() {
  install -D -m 0644 "${3:-/dev/stdin}" "$ROOT$2"
  printf '%s\t%s\n' "$2" "$1" >>"$OUT/files"
}

# Under the name that it is asked for by, without the link to a longer one.
place_library() { # FILE
  local package
  package=$(owner "$1")
  [ -n "$package" ] || { echo "error: no package has $1" >&2; exit 1; }
  place "$package" "$LIBRARIES/${1##*/}" "$1"
}

place_binary() {
  local library loader
  place "$PROJECT" /usr/bin/integration-operator "$BINARY"
  strip "$ROOT/usr/bin/integration-operator"
  chmod 0755 "$ROOT/usr/bin/integration-operator"
  # All of them, also those that libraries need. The loader is found by its absolute path.
  ldd "$BINARY" | awk '$2 == "=>" { print $3 }' | sort -u >"$OUT/libraries"
  while read -r library; do place_library "$library"; done <"$OUT/libraries"
  loader=$(ldd "$BINARY" | awk '$1 ~ /^\/lib.*ld-linux/ { print $1 }')
  place_library "$loader"
  chmod 0755 "$ROOT$LIBRARIES/${loader##*/}"
  ln -s usr/lib "$ROOT/lib"
  [ "${loader%/*}" = /lib ] || { ln -s usr/lib "$ROOT${loader%/*}" && ln -s "${LIBRARIES##*/}/${loader##*/}" "$ROOT/usr/lib/"; }
}

# Mozilla's certificate authorities as Debian ships them, without those that the building machine trusts besides.
place_certificates() {
  sed -n 's|^[^#!].*|/usr/share/ca-certificates/&|p' /etc/ca-certificates.conf | xargs cat |
    place ca-certificates /etc/ssl/certs/ca-certificates.crt
  mkdir -p "$ROOT/usr/lib/ssl" # where Debian's OpenSSL looks by itself
  ln -s /etc/ssl/certs/ca-certificates.crt "$ROOT/usr/lib/ssl/cert.pem"
}

place_names() {
  printf 'root:x:0:0:root:/:/nonexistent\nnonroot:x:65532:65532:nonroot:/:/nonexistent\n' | place "$PROJECT" /etc/passwd
  printf 'root:x:0:\nnonroot:x:65532:\n' | place "$PROJECT" /etc/group
  printf 'hosts: files dns\n' | place "$PROJECT" /etc/nsswitch.conf # without it, glibc would ask DNS first
  place base-files /usr/lib/os-release /usr/lib/os-release
  ln -s ../usr/lib/os-release "$ROOT/etc/os-release"
}

# The required licences, and the files that scanners read in images without a package manager: one a package.
place_package_facts() {
  local package
  cut -f 2 "$OUT/files" | sort -u | grep -vxF "$PROJECT" >"$OUT/packages"
  while read -r package; do
    dpkg-query -s "$package" | place "$PROJECT" "/var/lib/dpkg/status.d/$package"
    place "$package" "/usr/share/doc/$package/copyright" "/usr/share/doc/$package/copyright"
  done <"$OUT/packages"
  place "$PROJECT" "/usr/share/doc/$PROJECT/copyright" LICENSE
}

# Headers are code, too: a fault in one is a fault of the binary, and no shared library shows it.
list_compiled_in() {
  ninja -C "$BUILD" -t deps | sed -n 's|^ \+\(/usr/include/.*\)|\1|p' | sort -u |
    xargs dpkg -S 2>/dev/null | sed 's/:.*//' | sort -u >"$OUT/compiled-in"
  [ -s "$OUT/compiled-in" ] || { echo "error: no header of a package is known: was $BUILD built with ninja?" >&2; exit 1; }
}

umask 022
mkdir -p "$ROOT"
place_binary
place_certificates
place_names
place_package_facts
list_compiled_in
