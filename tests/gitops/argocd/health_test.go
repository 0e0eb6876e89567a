// Package argocd runs the health checks of gitops/argo-cd over the recorded states, as Argo CD itself
// does (argo-cd, util/lua/lua.go): with its Lua, only the libraries that it opens for checks out of
// argocd-cm, the object as the global `obj`, and a second's time.
package argocd

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
	luajson "layeh.com/gopher-json"
	"sigs.k8s.io/yaml"

	"integration-operator/tests/gitops/states"
)

func TestIntegrationsHaveTheRightHealth(t *testing.T) { states.Each(t, "Integration", expectHealth) }
func TestOfferingsHaveTheRightHealth(t *testing.T)    { states.Each(t, "Offering", expectHealth) }

func expectHealth(t *testing.T, state states.State) {
	if got := healthOf(t, state); got != state.Health {
		t.Errorf("got  %s: %s\nwant %s: %s", got.Status, got.Message, state.Health.Status, state.Health.Message)
	}
}

func healthOf(t *testing.T, state states.State) (health states.Health) {
	t.Helper()
	script, err := os.ReadFile(filepath.Join(states.Root, state.Object.GetKind(), "health.lua"))
	must(t, err)
	object, err := json.Marshal(state.Object)
	must(t, err)

	vm := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer vm.Close()
	for name, open := range map[string]lua.LGFunction{lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		must(t, vm.CallByParam(lua.P{Fn: vm.NewFunction(open), Protect: true}, lua.LString(name)))
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	vm.SetContext(ctx)
	value, err := luajson.Decode(vm, object)
	must(t, err)
	vm.SetGlobal("obj", value)
	must(t, vm.DoString(string(script)))
	result, err := luajson.Encode(vm.Get(-1))
	must(t, err)
	must(t, json.Unmarshal(result, &health))
	return health
}

// As docs/gitops.md has it.
func TestTheComponentAddsTheChecksToArgoCDsOwnConfigMap(t *testing.T) {
	folder := t.TempDir()
	must(t, os.CopyFS(filepath.Join(folder, "argo-cd"), os.DirFS("../../../gitops/argo-cd")))
	write := func(name, content string) { must(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600)) }
	write("kustomization.yaml", "resources: [install.yaml]\ncomponents: [argo-cd]\n")
	write("install.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: argocd-cm, namespace: argocd}, data: {url: https://argocd.example}}")
	built, err := exec.Command("kubectl", "kustomize", folder).Output()
	must(t, err)

	var config struct {
		Metadata struct{ Name string }
		Data     map[string]string
	}
	must(t, yaml.Unmarshal(built, &config))
	if config.Metadata.Name != "argocd-cm" || config.Data["url"] != "https://argocd.example" {
		t.Errorf("Argo CD's own settings are lost:\n%s", built)
	}
	for _, kind := range []string{"Integration", "Offering"} {
		script, err := os.ReadFile(filepath.Join(states.Root, kind, "health.lua"))
		must(t, err)
		if config.Data["resource.customizations.health.oauth.integrations.dev_"+kind] != string(script) {
			t.Errorf("no check for %s:\n%s", kind, built)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
