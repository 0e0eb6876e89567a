//go:build live

// Held against a real Prometheus that scrapes a real operator: live.sh starts them, and says in PROMETHEUS_URL where.
package observability

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// ask returns what Prometheus' HTTP API answers to one of its GET requests.
func ask[T any](t *testing.T, path string, query url.Values) T {
	t.Helper()
	response, err := http.Get(os.Getenv("PROMETHEUS_URL") + "/api/v1/" + path + "?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Data  T
		Error string
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Error != "" {
		t.Fatal(path, query, err, answer.Error)
	}
	return answer.Data
}

// Rates need two scrapes, and a series that is new waits for its first change.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !holds(); time.Sleep(500 * time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("%s: not within a minute", what)
			return
		}
	}
}

func TestLiveEachPanelHasData(t *testing.T) {
	for _, panel := range panels(t) {
		for _, target := range panel.Targets {
			// A share of faults is empty while there are none.
			if strings.Contains(target.Expr, `class=~"5xx|429|error"`) {
				continue
			}
			query := url.Values{"query": {variables.Replace(target.Expr)}}
			eventually(t, panel.Title+": "+target.Expr, func() bool {
				return len(ask[struct{ Result []any }](t, "query", query).Result) > 0
			})
		}
	}
}

func TestLiveEachMetricAndLabelIsOneThatTheOperatorHas(t *testing.T) {
	queries := map[string]string{}
	for _, panel := range panels(t) {
		for _, target := range panel.Targets {
			queries[panel.Title+" "+target.RefID] = variables.Replace(target.Expr)
		}
	}
	for _, rule := range alertRules(t) {
		queries[rule.Alert] = rule.Expr
	}
	for where, query := range queries {
		expr := parse(t, query)
		for _, selector := range selectors(expr) {
			wanted := labelsOf(selector)
			series := func() []map[string]string {
				return ask[[]map[string]string](t, "series", url.Values{"match[]": {selector.Name}})
			}
			eventually(t, where+": "+selector.Name, func() bool { return len(series()) > 0 })
			for _, label := range wanted {
				if !slices.ContainsFunc(series(), func(s map[string]string) bool { _, has := s[label]; return has }) {
					t.Errorf("%s: %s has no label %s", where, selector.Name, label)
				}
			}
		}
		for _, label := range grouped(expr) {
			if !slices.ContainsFunc(selectors(expr), func(selector *parser.VectorSelector) bool {
				return slices.ContainsFunc(ask[[]map[string]string](t, "series", url.Values{"match[]": {selector.Name}}),
					func(s map[string]string) bool { _, has := s[label]; return has })
			}) {
				t.Errorf("%s: nothing that it asks for has the label %s", where, label)
			}
		}
	}
}

// The labels that a selector asks for.
func labelsOf(selector *parser.VectorSelector) []string {
	var names []string
	for _, matcher := range selector.LabelMatchers {
		if matcher.Name != labels.MetricName {
			names = append(names, matcher.Name)
		}
	}
	return names
}

// The labels that an expression groups or joins by.
func grouped(expr parser.Expr) []string {
	var names []string
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch node := node.(type) {
		case *parser.AggregateExpr:
			names = append(names, node.Grouping...)
		case *parser.BinaryExpr:
			if node.VectorMatching != nil {
				names = append(names, node.VectorMatching.MatchingLabels...)
			}
		}
		return nil
	})
	return names
}
