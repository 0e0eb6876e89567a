#!/usr/bin/env bash
# check.sh [TAG]: operator, image, chart and API say the same versions everywhere, and the image is built from every layer. With a
# TAG (v1.2.3), it is that version's, and the CHANGELOG has a section for it.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/lib/common.sh"
cd "$PROJECT"

FAULTS=0
fault() { echo "$*" >&2; FAULTS=$((FAULTS + 1)); }
# same WHAT VALUE EXPECTED
same() { [ "$2" = "$3" ] || fault "$1 is \"$2\", and should be \"$3\""; }

VERSION=$(cat VERSION)
CHART=charts/integration-operator/Chart.yaml
[[ $VERSION =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || fault "VERSION: \"$VERSION\" is no semantic version"
same "version of $CHART" "$(sed -n 's/^version: *//p' "$CHART" | tr -d '"')" "$VERSION"
same "appVersion of $CHART" "$(sed -n 's/^appVersion: *//p' "$CHART" | tr -d '"')" "$VERSION"
same "the image's tag in $CHART" "$(sed -n 's/^ *image: .*:\([^:]*\)$/\1/p' "$CHART")" "$VERSION"
for binary in build/*/bin/integration-operator; do
  [ ! -x "$binary" ] || same "$binary --version" "$("$binary" --version)" "integration-operator $VERSION"
done

# An image is built from the folders that .dockerignore lets through: a layer that it forgets breaks the build of the image alone.
while read -r layer; do
  [ "$layer" = tests ] || grep -qx "!$layer" .dockerignore || fault ".dockerignore leaves out $layer/, which CMakeLists.txt adds: write !$layer"
done < <(sed -n 's/^ *add_subdirectory(\([a-z]*\))$/\1/p' CMakeLists.txt)

API=$(sed -n 's/.*Resource resource{"[^"]*", "\([^"]*\)".*/\1/p' api/*.cc | sort -u)
for crd in crds/*.yaml; do
  same "the version that $crd serves" "$(sed -n 's/^ *- name: \(v[0-9].*\)$/\1/p' "$crd")" "$API"
done
same "the CRDs' version in $CHART" "$(sed -n 's/^ *version: \(v[0-9].*\)$/\1/p' "$CHART" | sort -u)" "$API"

if [ $# -gt 0 ]; then
  same "the tag" "$1" "v$VERSION"
  grep -q "^## \[$VERSION\] - " CHANGELOG.md || fault "CHANGELOG.md has no section \"## [$VERSION] - DATE\""
fi
[ "$FAULTS" -eq 0 ] || die "$FAULTS faults"
