#!/usr/bin/env bash
# The chart without a cluster: generated files are up to date, Helm finds no errors, its unit tests
# (charts/integration-operator/tests) pass, and the package has the right files. dev/lib/helm-build.sh must have run.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/lib/common.sh"

CHART=$PROJECT/charts/integration-operator
WORK=$(mktemp -d "${TMPDIR:-/tmp}/iop-chart-test.XXXXXX")
remove_work() { rm -rf "$WORK"; }
at_exit remove_work

for_kubernetes() { helm template integration-operator "$CHART" --kube-version "$1" >"$WORK/rendered.yaml"; }

# Artifact Hub reads YAML inside of strings, which nothing else looks at.
check_annotations() {
  local key
  for key in images crds crdsExamples; do
    KEY=artifacthub.io/$key python3 - "$CHART/Chart.yaml" <<'PYTHON'
import os, sys, yaml
chart = yaml.safe_load(open(sys.argv[1]))
key = os.environ["KEY"]
listed = yaml.safe_load(chart["annotations"][key])
assert isinstance(listed, list) and listed, f"{key}: must be a list"
if key.endswith("/images"):
    values = yaml.safe_load(open(os.path.join(os.path.dirname(sys.argv[1]), "values.yaml")))
    expected = f"{values['image']['repository']}:{chart['appVersion']}"
    assert [i["image"] for i in listed] == [expected], f"{key}: must name {expected}"
if key.endswith("/crds"):
    folder = os.path.join(os.path.dirname(sys.argv[1]), "..", "..", "crds")
    crds = [yaml.safe_load(open(os.path.join(folder, f))) for f in sorted(os.listdir(folder))]
    expected = {(c["metadata"]["name"], v["name"]) for c in crds for v in c["spec"]["versions"]}
    assert {(c["name"], c["version"]) for c in listed} == expected, f"{key}: must name {sorted(expected)}"
PYTHON
  done
}

# docs/security.md has every right: each rule of the operator's Roles is a row of its table.
check_rights_are_documented() {
  helm template integration-operator "$CHART" --kube-version "$KUBERNETES_VERSION" --set 'watchNamespaces={a}' \
    --show-only templates/rbac-operator.yaml --show-only templates/uninstall.yaml >"$WORK/rights.yaml"
  python3 - "$WORK/rights.yaml" "$PROJECT/docs/security.md" <<'PYTHON'
import sys, yaml
told = open(sys.argv[2]).read()
rules = [r for d in yaml.safe_load_all(open(sys.argv[1])) if d for r in d.get("rules", [])]
assert rules
for rule in rules:
    for resource in rule["resources"]:
        row = f"| `{resource}` | {', '.join(rule['verbs'])} |"
        assert row in told, f"docs/security.md lacks the row: {row}"
PYTHON
}

"$PROJECT/dev/chart" --check
helm lint --strict --kube-version "$KUBERNETES_VERSION" "$CHART"
helm-unittest --strict "$CHART"
python3 "$PROJECT/tests/chart/values_matrix.py" "$CHART" "$KUBERNETES_VERSION"
for_kubernetes 1.31.0
for_kubernetes "$KUBERNETES_VERSION"
! for_kubernetes 1.30.14 2>"$WORK/refused" || die "the chart lets itself be installed on Kubernetes 1.30"
grep -q 'requires kubeVersion' "$WORK/refused"
check_annotations
check_rights_are_documented
helm package "$CHART" --destination "$WORK" >/dev/null
tar -tzf "$WORK"/integration-operator-*.tgz >"$WORK/packaged"
! grep -E '^integration-operator/(tests/|README\.md\.gotmpl)' "$WORK/packaged" || die "the package holds what only the project needs"
grep -qx integration-operator/templates/tests/replica.yaml "$WORK/packaged"
