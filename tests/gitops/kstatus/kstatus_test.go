// Package kstatus computes every recorded state with the algorithm that Flux, Config Sync and
// `kubectl wait`-like tools share.
package kstatus

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"

	"integration-operator/tests/gitops/states"
)

func TestIntegrationsHaveTheRightStatus(t *testing.T) { states.Each(t, "Integration", expectStatus) }
func TestOfferingsHaveTheRightStatus(t *testing.T)    { states.Each(t, "Offering", expectStatus) }

func expectStatus(t *testing.T, state states.State) {
	result, err := status.Compute(state.Object)
	if err != nil {
		t.Fatal(err)
	}
	wanted, message := wantedOf(t, state)
	if result.Status != wanted || result.Message != message {
		t.Errorf("got  %s: %s\nwant %s: %s", result.Status, result.Message, wanted, message)
	}
}

// What kstatus must say, and that its message is the operator's wherever it is not one of its own.
func wantedOf(t *testing.T, state states.State) (status.Status, string) {
	object := state.Object
	observed, found, err := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	if err != nil || !found {
		t.Fatalf("no status.observedGeneration: kstatus would take a new object for a ready one (%v)", err)
	}
	if object.GetDeletionTimestamp() != nil {
		return status.TerminatingStatus, "Resource scheduled for deletion"
	}
	if observed != object.GetGeneration() {
		return status.InProgressStatus, fmt.Sprintf("%s generation is %d, but latest observed generation is %d",
			object.GetKind(), object.GetGeneration(), observed)
	}
	switch state.Health.Status {
	case "Healthy", "Suspended": // kstatus knows no pause: what was Configured stays Current
		return status.CurrentStatus, "Resource is Ready"
	case "Degraded":
		return status.FailedStatus, state.Health.Message
	default:
		return status.InProgressStatus, state.Health.Message
	}
}

// Every reason of docs/conditions.md (which a unit test holds in step with the code) is in a
// recorded state, but for the one that this version never gives.
func TestEveryReasonIsRecorded(t *testing.T) {
	recorded := map[string]bool{"Observed": true}
	for _, kind := range []string{"Integration", "Offering"} {
		states.Each(t, kind, func(t *testing.T, state states.State) {
			conditions, _, err := unstructured.NestedSlice(state.Object.Object, "status", "conditions")
			if err != nil {
				t.Fatal(err)
			}
			for _, condition := range conditions {
				recorded[condition.(map[string]any)["reason"].(string)] = true
			}
		})
	}
	page, err := os.ReadFile("../../../docs/conditions.md")
	if err != nil {
		t.Fatal(err)
	}
	headings := regexp.MustCompile("(?m)^### `(\\w+)`").FindAllStringSubmatch(string(page), -1)
	if len(headings) == 0 {
		t.Fatal("docs/conditions.md explains no reason")
	}
	for _, heading := range headings {
		if !recorded[heading[1]] {
			t.Errorf("no recorded state has the reason %s", heading[1])
		}
	}
}
