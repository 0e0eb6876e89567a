#!/usr/bin/env bash
# build.sh WHOLE OUT: uses the controller runtime as a stranger would. Builds it without the operator and installs it,
# compares this with the install of the whole project's build folder WHOLE, and builds two projects on it: one that
# compiles each header alone, and kube/examples/motd (OUT/motd/motd). A third one adds the sources to its own build.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/lib/common.sh"

[ $# -eq 2 ] || die "usage: build.sh WHOLE OUT"
WHOLE=$1 OUT=$2
PREFIX=$OUT/prefix
mkdir -p "$OUT"
rm -rf "$PREFIX" "$OUT/of-whole" # what an earlier version installed
files_of() { (cd "$1" && find . -type f | sort); }
project() { cmake -S "$1" -B "$2" -G Ninja -DCMAKE_PREFIX_PATH="$PREFIX" "${@:3}"; }

export CMAKE_CXX_COMPILER_LAUNCHER=ccache
say "without the operator, and without what only it and the tests need"
cmake -S "$PROJECT" --preset dev -B "$PROJECT/build/kube-only" -DKUBE_ONLY=ON -DWARNINGS_AS_ERRORS=ON \
  -DCMAKE_DISABLE_FIND_PACKAGE_CLI11=ON -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON
cmake --build "$PROJECT/build/kube-only"
cmake --install "$PROJECT/build/kube-only" --component kube --prefix "$PREFIX"

say "the whole project installs the same"
cmake --install "$WHOLE" --component kube --prefix "$OUT/of-whole"
diff <(files_of "$PREFIX") <(files_of "$OUT/of-whole")

say "it stands alone"
grep -rq kube::kube "$PREFIX/lib" # the search finds what is there
if grep -rF "$PROJECT" "$PREFIX/include" "$PREFIX/lib/cmake"; then die "the package names the source tree"; fi
if grep -rn -- '-fsanitize\|--coverage\|-Werror' "$PREFIX/lib/cmake"; then die "flags of our own leak to others"; fi

say "each header compiles alone"
project "$PROJECT/tests/package" "$OUT/stranger"
cmake --build "$OUT/stranger"
"$OUT/stranger/stranger"

say "another minor version is refused"
if project "$PROJECT/tests/package" "$OUT/later" -DKUBE_VERSION=0.2 >"$OUT/later.log" 2>&1; then die "0.2 was found"; fi
grep -q 'kube-config.cmake, version: 0.1' "$OUT/later.log"

say "the package's version is the runtime's, not the operator's"
version=$(sed -n 's/^set(PACKAGE_VERSION "\(.*\)")$/\1/p' "$PREFIX/lib/cmake/kube/kube-config-version.cmake")
[ "$version" = "$(sed -n 's/^install_package(kube VERSION \([0-9.]*\) .*/\1/p' "$PROJECT/kube/CMakeLists.txt")" ] ||
  die "the package says version \"$version\", and kube/CMakeLists.txt another one"

say "the sources are part of another build"
cmake -S "$PROJECT/tests/package/embedded" -B "$OUT/embedded" -G Ninja -DSOURCES="$PROJECT" -DMAIN="$PROJECT/tests/package/main.cc"
cmake --build "$OUT/embedded" --target embedding
"$OUT/embedded/embedding"
rm -rf "$OUT/of-embedding"
cmake --install "$OUT/embedded" --prefix "$OUT/of-embedding"
[ "$(files_of "$OUT/of-embedding")" = ./bin/embedding ] || die "the other build installs more than its own program"

say "the example"
project "$PROJECT/kube/examples/motd" "$OUT/motd"
cmake --build "$OUT/motd"
