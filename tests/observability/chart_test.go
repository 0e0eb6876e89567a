// The chart's alert rules and dashboard: what must hold of them without a cluster. `promtool test rules` (rules/) says when
// each alert fires; live_test.go asks a real Prometheus that scrapes a real operator.
package observability

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/prometheus/prometheus/promql/parser"
	"gopkg.in/yaml.v3"
)

const (
	project       = "../../"
	chart         = project + "charts/integration-operator/"
	rulesFile     = chart + "rules/integration-operator.yaml"
	dashboardFile = chart + "dashboards/integration-operator.json"
)

type rule struct {
	Alert       string
	Expr        string
	Labels      map[string]string
	Annotations map[string]string
}

type panel struct {
	ID          int
	Type        string
	Title       string
	Description string
	GridPos     struct{ X, Y, W, H int }
	FieldConfig struct{ Defaults struct{ Unit string } }
	Targets     []struct{ RefID, Expr, LegendFormat string }
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func alertRules(t *testing.T) []rule {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	if err := yaml.Unmarshal([]byte(read(t, rulesFile)), &file); err != nil {
		t.Fatal(err)
	}
	var rules []rule
	for _, group := range file.Groups {
		rules = append(rules, group.Rules...)
	}
	if len(rules) == 0 {
		t.Fatal("no rules in ", rulesFile)
	}
	return rules
}

func panels(t *testing.T) []panel {
	t.Helper()
	var file struct{ Panels []panel }
	if err := json.Unmarshal([]byte(read(t, dashboardFile)), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Panels) == 0 {
		t.Fatal("no panels in ", dashboardFile)
	}
	return file.Panels
}

// What Grafana makes of a query before it sends it.
var variables = strings.NewReplacer("$job", ".+", "$__rate_interval", "1m")

func parse(t *testing.T, query string) parser.Expr {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		t.Fatalf("%v in\n%s", err, query)
	}
	return expr
}

// The anchors that a page has for its headings of the second level.
func anchors(page string) []string {
	var found []string
	for _, match := range regexp.MustCompile("(?m)^## `?([A-Za-z]+)`?$").FindAllStringSubmatch(page, -1) {
		found = append(found, strings.ToLower(match[1]))
	}
	return found
}

func TestEachAlertHasItsSectionInTheDocsAndEachSectionItsAlert(t *testing.T) {
	var linked []string
	for _, rule := range alertRules(t) {
		url := rule.Annotations["runbook_url"]
		page, anchor, _ := strings.Cut(url, "#")
		if !strings.HasSuffix(page, "/docs/alerts.md") || anchor != strings.ToLower(rule.Alert) {
			t.Errorf("%s: its runbook_url is %q", rule.Alert, url)
		}
		linked = append(linked, anchor)
		if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
			t.Errorf("%s has no summary or no description", rule.Alert)
		}
		if !slices.Contains([]string{"critical", "warning"}, rule.Labels["severity"]) {
			t.Errorf("%s: its severity is %q", rule.Alert, rule.Labels["severity"])
		}
	}
	if found := anchors(read(t, project+"docs/alerts.md")); !slices.Equal(found, linked) {
		t.Errorf("docs/alerts.md has %v, the rules link to %v", found, linked)
	}
}

func TestEachAlertHasSeriesThatFireItAndSeriesThatDoNot(t *testing.T) {
	tests := read(t, "rules/operator.test.yaml") + read(t, "rules/integrations.test.yaml")
	for _, rule := range alertRules(t) {
		name := regexp.QuoteMeta(`alertname="` + rule.Alert + `"`)
		if !regexp.MustCompile(`labels: 'ALERTS\{` + name + `, alertstate="firing"|labels: ALERTS\{` + name + `, alertstate="firing"`).MatchString(tests) {
			t.Errorf("no test fires %s", rule.Alert)
		}
		if !regexp.MustCompile(`expr: 'ALERTS\{` + name + `\}', exp_samples: \[\]`).MatchString(tests) {
			t.Errorf("no test has series that do not fire %s", rule.Alert)
		}
	}
}

func TestTheDashboardIsOneThatGrafanaKnowsEveryFieldOf(t *testing.T) {
	var known dashboard.Dashboard
	// No error is an empty list of errors there.
	if err := known.UnmarshalJSONStrict([]byte(read(t, dashboardFile))); err != nil && err.Error() != "" {
		t.Error(err)
	}
	if err := known.Validate(); err != nil {
		t.Error(err)
	}
}

func TestPanelsLieBesideEachOtherAndSayWhatTheyShow(t *testing.T) {
	taken := map[[2]int]string{}
	ids := map[int]bool{}
	for _, panel := range panels(t) {
		if ids[panel.ID] {
			t.Errorf("%s: its id is another panel's, too", panel.Title)
		}
		ids[panel.ID] = true
		for x := panel.GridPos.X; x < panel.GridPos.X+panel.GridPos.W; x++ {
			for y := panel.GridPos.Y; y < panel.GridPos.Y+panel.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%s lies over %q, or out of the grid", panel.Title, other)
				}
				taken[[2]int{x, y}] = panel.Title
			}
		}
		if panel.Type == "row" {
			continue
		}
		if panel.Title == "" || panel.Description == "" || len(panel.Targets) == 0 {
			t.Errorf("panel %d has no title, no description or no query", panel.ID)
		}
		if panel.Type != "table" && panel.FieldConfig.Defaults.Unit == "" {
			t.Errorf("%s has no unit", panel.Title)
		}
	}
}

// Other controllers have metrics of the same names: a panel without $job would show theirs.
func TestEachQueryParsesAndKeepsToTheJob(t *testing.T) {
	for _, panel := range panels(t) {
		for _, target := range panel.Targets {
			for _, selector := range selectors(parse(t, variables.Replace(target.Expr))) {
				if !strings.Contains(selector.String(), `job=~".+"`) {
					t.Errorf("%s: %s is not limited to $job", panel.Title, selector)
				}
			}
		}
	}
	for _, rule := range alertRules(t) {
		parse(t, rule.Expr)
	}
}

func selectors(expr parser.Expr) []*parser.VectorSelector {
	var found []*parser.VectorSelector
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			found = append(found, selector)
		}
		return nil
	})
	return found
}
