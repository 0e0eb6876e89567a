#!/usr/bin/env bash
# debian13.sh OUT: builds the unit tests of net/, kube/, cel/, oauth/ and api/ on Debian 13, with its g++ and its libraries, and
# leaves the binaries' reports in OUT: NAME.json, as GoogleTest writes it. The root file system, with a ccache of its own, is
# made once, in the cache.
# debian13.sh --can-run: says why that cannot be done here, with exit status 1.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

MIRROR=http://deb.debian.org/debian
PACKAGES=$("$PROJECT/dev/lib/packages.sh" --list build | sed 's/^libboost1.74-dev$/libboost-dev/')
BASE=$CACHE/debian13
ROOT=$BASE/$(sha256sum <<<"$PACKAGES" | cut -c1-16)
TESTS=(net kube cel oauth api)

can_run() {
  [ "$(id -u)" -eq 0 ] || { echo "it must be run by root"; return 1; }
  command -v mmdebstrap >/dev/null || { echo "mmdebstrap is not installed (dev/lib/packages.sh node)"; return 1; }
  unshare --mount --pid --fork true 2>/dev/null || { echo "this machine gives no mount namespaces"; return 1; }
  [ -d "$ROOT" ] || curl -sfI --max-time 20 "$MIRROR/dists/trixie/InRelease" >/dev/null ||
    { echo "$MIRROR does not answer with Debian 13"; return 1; }
}

make_root() { # FOLDER
  mmdebstrap --variant=apt --aptopt='APT::Install-Recommends "false"' --include="${PACKAGES//$'\n'/,}" trixie "$1" "$MIRROR"
  rm -f "$1"/var/cache/apt/archives/*.deb
}

# Copies the working tree with its times, so that only changed files are built again.
copy_sources() {
  mkdir -p "$ROOT/src"
  (cd "$PROJECT" && git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cc' '*.in' '*CMakeLists.txt' '*.cmake' \
    '*.json' VERSION crds catalog docs kube tests/fuzz | xargs -0 -r ls -d -- 2>/dev/null | tar -cf - -T -) | tar -xf - -C "$ROOT/src"
}

# inside COMMAND...: as root of the other system, with a /proc and processes of its own, which end with it.
inside() {
  unshare --mount --pid --fork --kill-child --mount-proc=/proc --root="$ROOT" --wd=/src \
    env -i PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 TMPDIR=/tmp CCACHE_DIR=/ccache "$@"
}

build_tests() {
  inside cmake -S /src -B /build -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O0 -g0" -DWARNINGS_AS_ERRORS=ON \
    -DPROJECT_COMMIT=unknown
  inside cmake --build /build --target "${TESTS[@]/%/_test}"
}

run_tests() { # OUT
  local name failed=0
  for name in "${TESTS[@]}"; do
    inside "/build/bin/${name}_test" --gtest_brief=1 --gtest_output="json:/tmp/$name.json" || failed=1
    mv "$ROOT/tmp/$name.json" "$1/" || failed=1
  done
  return "$failed"
}

if ! reason=$(can_run); then echo "$reason"; exit 1; fi
[ "${1:-}" != --can-run ] || exit 0
OUT=${1:?usage: debian13.sh OUT}
exec 9>"$CACHE/debian13.lock"
flock 9 # two clones share the root
made_once "$ROOT" "making a root file system of Debian 13" make_root
copy_sources
build_tests
mkdir -p "$OUT"
run_tests "$OUT"
