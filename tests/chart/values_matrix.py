"""values_matrix.py CHART KUBERNETES-VERSION: renders the chart with many values, and looks at what
comes out as other tools do: no map has a key twice (kustomize, and so Flux, refuses that), what
Kubernetes wants as text is text, and selectors select. What cannot be rendered is refused in words
of the chart or its schema, and never by an error of the template engine."""

import copy
import json
import subprocess
import sys

import yaml

CHART, KUBERNETES = sys.argv[1:]

EVERYTHING = {
    "publicURL": "https://connect.example:8443/base",
    "watchNamespaces": ["shop"],
    "providerCA": {"configMapName": "our-ca"},
    "priorityClassName": "high",
    "imagePullSecrets": [{"name": "registry"}],
    "catalog": {"offerings": {"acme": {"spec": {"provider": "acme", "issuer": "https://login.example"}}}},
    "ingress": {"enabled": True, "className": "nginx", "tlsSecretName": "tls"},
    "httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]},
    "networkPolicy": {"enabled": True},
    "podMonitor": {"enabled": True, "interval": "30s", "scrapeTimeout": "10s"},
    "prometheusRule": {"enabled": True},
    "dashboard": {"enabled": True},
    "extraEnv": [{"name": "A", "value": "b"}],
}


class StrictLoader(yaml.CSafeLoader):
    """Refuses a key that is twice in a map."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        assert not twice, f"twice in one map: {twice}, {node.start_mark}"
        return super().construct_mapping(node, deep)


def merged(values, path, value):
    """`values` with `value` at the path, a tuple of names."""
    result = copy.deepcopy(values)
    inner = result
    *parents, last = path
    for name in parents:
        inner = inner.setdefault(name, {})
    inner[last] = value
    return result


def helm(values, release="some-name", namespace="somewhere"):
    """Manifests, or what Helm said against the values."""
    done = subprocess.run(
        ["helm", "template", release, CHART, "--kube-version", KUBERNETES, "--namespace", namespace, "--values", "-"],
        input=json.dumps(values), capture_output=True, text=True, check=False)
    return (done.stdout, None) if done.returncode == 0 else (None, done.stderr)


def check_texts(what, document):
    metadata = document["metadata"]
    maps = [metadata.get("labels", {}), metadata.get("annotations", {})]
    template = document.get("spec", {}).get("template", {})
    maps += [template.get("metadata", {}).get(of, {}) for of in ("labels", "annotations")]
    texts = [metadata["name"], metadata.get("namespace", "")]
    texts += [part for one in maps for item in one.items() for part in item]
    texts += [part for subject in document.get("subjects", []) for part in (subject["name"], subject["namespace"])]
    pod = template.get("spec", {}) if template else document.get("spec", {}) if document["kind"] == "Pod" else {}
    texts += [pod.get(name, "") for name in ("serviceAccountName", "priorityClassName")]
    texts += list(pod.get("nodeSelector", {}).values())
    for container in pod.get("containers", []) + pod.get("initContainers", []):
        texts += [container["image"], *container.get("args", [])]
        texts += [part for env in container.get("env", []) for part in (env["name"], env.get("value", ""))]
    for text in texts:
        assert isinstance(text, str), f"{what}: {document['kind']} {metadata['name']} has {text!r}, which is no text"


def check_selectors(what, documents):
    pods = next(d for d in documents if d["kind"] == "Deployment")["spec"]
    labels = pods["template"]["metadata"]["labels"].items()
    selectors = [pods["selector"]["matchLabels"]]
    for document in documents:
        if document["kind"] == "Service":
            selectors.append(document["spec"]["selector"])
        if document["kind"] in ("PodDisruptionBudget", "PodMonitor"):
            selectors.append(document["spec"]["selector"]["matchLabels"])
        if document["kind"] == "NetworkPolicy":
            selectors.append(document["spec"]["podSelector"]["matchLabels"])
    for selector in selectors:
        assert selector.items() <= labels, f"{what}: {selector} does not select {labels}"


def rendered(what, values, **arguments):
    """What is rendered, once it is looked at; None where it is refused in words."""
    text, refusal = helm(values, **arguments)
    if refusal is not None:
        for words in ("nil pointer", "YAML parse error", "error converting", "wrong type", "unable to parse"):
            assert words not in refusal, f"{what}: {refusal}"
        return None
    try:
        documents = [d for d in yaml.load_all(text, StrictLoader) if d]
    except (AssertionError, yaml.YAMLError) as error:
        raise AssertionError(f"{what}: {error}") from error
    for document in documents:
        check_texts(what, document)
    check_selectors(what, documents)
    return documents


def accepted(what, values, **arguments):
    documents = rendered(what, values, **arguments)
    assert documents, f"{what}: is refused: {helm(values, **arguments)[1]}"
    return documents


def refused(what, values, *words):
    _, refusal = helm(values)
    assert refusal, f"{what}: is rendered"
    for word in words:
        assert word in refusal, f"{what}: {word!r} is not in: {refusal}"


def of_kind(documents, kind):
    return next(d for d in documents if d["kind"] == kind)


def paths(values, prefix=()):
    for name, value in values.items():
        yield (*prefix, name)
        if isinstance(value, dict):
            yield from paths(value, (*prefix, name))


def null_leaves_out():
    needed = {"image", "image.repository", "serviceAccount", "serviceAccount.name", "service", "service.port",
              "httpRoute.parentRefs"}
    with open(f"{CHART}/values.yaml", encoding="utf-8") as file:
        defaults = yaml.safe_load(file)
    for path in paths(defaults):
        name = ".".join(path)
        documents = rendered(f"{name}: null", merged(EVERYTHING, path, None))
        if name == "publicURL":
            assert documents is None, "an Ingress has no host"
        else:
            assert (documents is None) == (name in needed), f"{name}: null is {'refused' if documents is None else 'rendered'}"
    for probe in ("livenessProbe", "readinessProbe"):
        deployment = of_kind(accepted(probe, {probe: None}), "Deployment")
        assert probe not in deployment["spec"]["template"]["spec"]["containers"][0]


def labels_are_merged():
    maps = ["commonLabels", "podLabels", "podAnnotations", "deploymentAnnotations", "podMonitor.labels",
            "prometheusRule.labels", "dashboard.labels", "dashboard.annotations", "service.annotations",
            "ingress.annotations", "httpRoute.annotations", "serviceAccount.annotations", "nodeSelector"]
    own = {"app.kubernetes.io/part-of": "platform", "app.kubernetes.io/version": 7, "helm.sh/chart": "x",
           "kubectl.kubernetes.io/default-container": "other",
           "grafana_dashboard": 1, "team": True, "2024": 1.5, "no": "yes", "off": None, "large": 12345678}
    values = EVERYTHING
    for path in maps:
        values = merged(values, path.split("."), own)
    documents = accepted("the chart's own keys everywhere", values)
    labels = of_kind(documents, "Deployment")["spec"]["template"]["metadata"]["labels"]
    expected = {"app.kubernetes.io/part-of": "platform", "app.kubernetes.io/version": "7", "team": "true",
                "2024": "1.5", "no": "yes", "large": "12345678", "app.kubernetes.io/name": "integration-operator"}
    assert expected.items() <= labels.items(), labels
    assert "off" not in labels, labels
    documents = accepted("the nearer value", {"commonLabels": {"team": "a"}, "podLabels": {"team": "b"}})
    assert of_kind(documents, "Deployment")["metadata"]["labels"]["team"] == "a"
    assert of_kind(documents, "Deployment")["spec"]["template"]["metadata"]["labels"]["team"] == "b"
    for where in ("commonLabels", "podLabels"):
        for key in ("name", "instance", "component", "managed-by"):
            refused(f"{where} {key}", {where: {f"app.kubernetes.io/{key}": "x"}}, where, f"app.kubernetes.io/{key}")
        key = "rbac.authorization.k8s.io/aggregate-to-view"
        refused(f"{where} {key}", {where: {key: "true"}}, where, key, "offering-admin")


def names_are_texts():
    for name in ("no", "2024", "null", "true", "y", "1e3"):
        values = {**EVERYTHING, "watchNamespaces": [name, "shop"], "serviceAccount": {"name": name}, "priorityClassName": name,
                  "providerCA": {"configMapName": name}, "catalog": {"offerings": {name: EVERYTHING["catalog"]["offerings"]["acme"]}}}
        documents = accepted(f"names {name}", values, release=name, namespace=name)
        assert name in [d["metadata"].get("namespace") for d in documents if d["kind"] == "Role"]
        assert of_kind(documents, "Offering")["metadata"]["name"] == name
    documents = accepted("a namespace that is a number", {"watchNamespaces": [20241234]})
    assert "20241234" in [d["metadata"].get("namespace") for d in documents if d["kind"] == "Role"]
    refused("a namespace that YAML reads as false", {"watchNamespaces": [False]}, "watchNamespaces")


def numbers_are_texts():
    deployment = of_kind(accepted("a tag", {"image": {"tag": 1.36}}), "Deployment")
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":1.36")
    env = [{"name": "PORT", "value": 8080}, {"name": "ON", "value": True}, {"name": "LARGE", "value": 12345678},
           {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]
    deployment = of_kind(accepted("environment", {"extraEnv": env}), "Deployment")
    values = [e.get("value") for e in deployment["spec"]["template"]["spec"]["containers"][0]["env"]]
    assert values == ["8080", "true", "12345678", None], values
    refused("a key that is misspelt", {"extraEnv": [{"name": "A", "valeu": "b"}]}, "valeu")


def public_urls():
    served = {"ingress": {"enabled": True}}, {"httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]}}
    hosts = ("CONNECT.example", "203.0.113.9", "[2001:db8::1]", "bücher.example", "a_b.example", "a..example", "-a.example")
    bad_paths = ("/a/../b", "/a//b", "/..", "/./a", "/a%2fb", "/a%2Fb", "/a b", "/{a}", "/ü")
    good = ("https://connect.example", "https://connect.example/", "https://a-b.connect.example:8443/base/x.y/",
            "https://xn--bcher-kva.example", "http://localhost:8081")
    for values in served:
        for host in hosts:
            refused(host, {**values, "publicURL": f"https://{host}/a"}, "publicURL", "DNS name in lower case")
        for path in bad_paths:
            refused(path, {**values, "publicURL": f"https://connect.example{path}"}, "publicURL")
        for url in good:
            accepted(url, {**values, "publicURL": url})
    accepted("an address without Ingress", {"publicURL": "https://203.0.113.9"})
    refused("user info", {"publicURL": "https://u:p@connect.example"}, "publicURL")


def others():
    for interval in ("1d", "1h30m", "30s", "500ms", "1y2w3d4h5m6s7ms", ""):
        accepted(f"interval {interval}", {"podMonitor": {"enabled": True, "interval": interval}})
    for interval in ("1s1h", "1.5m", "30", "1m1m", "s", "1d "):
        refused(f"interval {interval}", {"podMonitor": {"enabled": True, "interval": interval}}, "interval")
    refused("a key outside of the folder", {"providerCA": {"configMapName": "a", "key": ".."}}, "key")
    accepted("a parent chart's condition", {"enabled": True})


accepted("nothing", {})
accepted("everything", EVERYTHING)
for section in (null_leaves_out, labels_are_merged, names_are_texts, numbers_are_texts, public_urls, others):
    section()
