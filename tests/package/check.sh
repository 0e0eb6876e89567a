#!/usr/bin/env bash
# check.sh: the controller runtime speaks of itself alone, and kube/README.md of what is there.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/lib/common.sh"
cd "$PROJECT"
failed=

# The operator's matters are none of the runtime's; only tests/integration may be named.
foreign() { grep -rniE 'oauth|openid|integration|offering' "$@" | grep -viE '^[^:]*:[0-9]+:.*tests/integration/' || true; }
[ -n "$(foreign operator)" ] || die "the search finds nothing where there is much"
found=$(foreign kube net cmake/Package.cmake cmake/kube-config.cmake.in)
[ -z "$found" ] || { echo "$found"; failed="the runtime names what it knows nothing of"; }

# block LANGUAGE: the README's block of code in that language.
block() { awk -v fence="\`\`\`$1" '$0 == "```" { inside = 0 } inside { print } $0 == fence { inside = 1 }' kube/README.md; }
diff <(block cpp) kube/examples/motd/main.cc || failed="the README's example is not the example"
diff <(block cmake) kube/examples/motd/CMakeLists.txt || failed="the README's CMakeLists.txt is not the example's"

mapfile -t tests < <(grep -oE '[A-Z][A-Za-z]+\.[a-z0-9]+_[a-z0-9_]+' kube/README.md)
[ ${#tests[@]} -gt 10 ] || die "the README names no tests"
for test in "${tests[@]}"; do
  grep -rqE "TEST(_F|_P)?\(${test%%.*}, *${test#*.}\)" tests/unit ||
    grep -rqzE "TEST(_F|_P)?\(${test%%.*},\s*${test#*.}\)" tests/unit || failed="there is no test ${test}"
done

mapfile -t headers < <(grep -oE '\]\([a-z_]+\.h\)' kube/README.md | grep -oE '[a-z_]+\.h')
for header in "${headers[@]}"; do [ -f "kube/$header" ] || failed="there is no kube/$header"; done

[ -z "$failed" ] || die "$failed"
