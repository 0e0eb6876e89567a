// Package states reads the recorded states of Offerings and Integrations, which
// tests/unit/reconcilers/recorded_states_test.cc holds in step with the operator.
package states

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// Root has a folder for each kind, laid out as in Argo CD's own resource_customizations.
const Root = "../../../gitops/argo-cd/resource_customizations/oauth.integrations.dev"

// Health is what Argo CD shows.
type Health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// State is an object as the API server has it, and the health that must be seen in it.
type State struct {
	Object *unstructured.Unstructured
	Health Health
}

// Each runs `test` as a subtest for every recorded state of `kind`.
func Each(t *testing.T, kind string, test func(t *testing.T, state State)) {
	folder := filepath.Join(Root, kind)
	var list struct {
		Tests []struct {
			InputPath    string `json:"inputPath"`
			HealthStatus Health `json:"healthStatus"`
		} `json:"tests"`
	}
	read(t, filepath.Join(folder, "health_test.yaml"), &list)
	if len(list.Tests) == 0 {
		t.Fatalf("no state of kind %s is recorded", kind)
	}
	for _, entry := range list.Tests {
		t.Run(entry.InputPath, func(t *testing.T) {
			object := &unstructured.Unstructured{}
			read(t, filepath.Join(folder, entry.InputPath), object)
			test(t, State{object, entry.HealthStatus})
		})
	}
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
