#!/usr/bin/env python3
"""draw_dashboard.py PROMETHEUS SECONDS: the chart's dashboard as an HTML page on standard output.

Draws each panel of the JSON, at its place, from what Prometheus answers to its own queries over the last SECONDS. It is
not Grafana: the page shows what the queries say, in a form close to what Grafana makes of them.
"""
import html
import json
import pathlib
import re
import sys
import time
import urllib.parse
import urllib.request

PROMETHEUS, SECONDS = sys.argv[1], int(sys.argv[2])
CHART = pathlib.Path(__file__).resolve().parents[2] / "charts/integration-operator"
COLOURS = ["#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#f2495c", "#b877d9", "#8ab8ff", "#ffa6b0", "#c0d8ff", "#96d98d"]
STAT_COLOURS = {"green": COLOURS[0], "yellow": COLOURS[1], "red": COLOURS[4]}
COLUMN, ROW = 55, 30  # pixels of one unit of gridPos


def ask(path, **query):
    with urllib.request.urlopen(f"{PROMETHEUS}/api/v1/{path}?{urllib.parse.urlencode(query)}") as answer:
        return json.load(answer)["data"]["result"]


def series(panel):
    """[(legend, [(time, value)])] of a panel; a single time for what Grafana asks for an instant."""
    now, found = time.time(), []
    for target in panel["targets"]:
        query = target["expr"].replace("$job", ".+").replace("$__rate_interval", "15s")
        instant = target.get("instant")
        results = ask("query", query=query, time=now) if instant else ask(
            "query_range", query=query, start=now - SECONDS, end=now, step=1)
        for result in results:
            legend = re.sub(r"{{(\w+)}}", lambda label: result["metric"].get(label[1], ""), target["legendFormat"])
            points = [result["value"]] if instant else result["values"]
            found.append((legend, result["metric"], [(float(at), float(value)) for at, value in points]))
    return found


def shown(value, unit):
    if unit == "percentunit":
        return f"{value:.0%}"
    if unit == "bytes":
        return f"{value / 2**20:.1f} MiB"
    if unit == "s":
        for size, name in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
            if value >= size:
                return f"{value / size:.3g} {name}"
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g}" + {"reqps": " req/s", "ops": " ops/s"}.get(unit, "")


def stat(panel):
    defaults, (legend, _, points) = panel["fieldConfig"]["defaults"], series(panel)[0]
    value = points[0][1]
    text = legend if panel["options"]["textMode"] == "name" else shown(value, defaults["unit"])
    steps = defaults["thresholds"]["steps"]
    colour = [step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]
    return f'<p class="stat" style="color:{STAT_COLOURS[colour]};font-size:{26 if len(text) < 12 else 14}px">{html.escape(text)}</p>'


def table(panel):
    rows = sorted(series(panel), key=lambda entry: -entry[2][0][1])
    cells = "".join(f"<tr><td>{html.escape(m.get('offering', ''))}<td>{html.escape(m.get('reason', ''))}<td>{p[0][1]:.0f}"
                    for _, m, p in rows)
    return f"<table><tr><th>Offering<th>Reason<th>Integrations{cells}</table>"


def graph(panel, width, height):
    defaults = panel["fieldConfig"]["defaults"]
    stacked = defaults["custom"]["stacking"]["mode"] == "normal"
    lines, below = [], {}
    for legend, _, points in series(panel):
        points = [(round(at), value) for at, value in points if value == value]
        if stacked:
            points = [(at, value + below.get(at, 0)) for at, value in points]
            below.update(points)
        lines.append((legend, points))
    top = max((value for _, points in lines for _, value in points), default=0) or 1
    end = time.time()

    def place(at, value):
        return f"{60 + (width - 70) * (1 - (end - at) / SECONDS):.1f},{8 + (height - 16) * (1 - value / top):.1f}"

    drawn = "".join(f'<text x="52" y="{8 + (height - 16) * (1 - part) + 4}">{shown(top * part, defaults["unit"])}</text>'
                    f'<path class="grid" d="M60 {8 + (height - 16) * (1 - part)}H{width - 10}"/>' for part in (0, 0.5, 1))
    for index, (_, points) in reversed(list(enumerate(lines))):
        if points:
            line, colour = " ".join(place(*point) for point in points), COLOURS[index % len(COLOURS)]
            if stacked:
                area = f"{place(points[0][0], 0)} {line} {place(points[-1][0], 0)}"
                drawn += f'<polygon points="{area}" style="fill:{colour};fill-opacity:.35"/>'
            drawn += f'<polyline points="{line}" style="stroke:{colour}"/>'
    legends = "".join(f'<span><i style="background:{COLOURS[index % len(COLOURS)]}"></i>{html.escape(legend)}</span>'
                      for index, (legend, _) in enumerate(lines))
    return f'<svg width="{width}" height="{height}">{drawn}</svg><p class="legend">{legends}</p>'


def drawn(panel):
    at = panel["gridPos"]
    width, height = at["w"] * COLUMN - 8, at["h"] * ROW - 8
    style = f'left:{at["x"] * COLUMN}px;top:{at["y"] * ROW}px;width:{width}px;height:{height}px'
    title = html.escape(panel["title"])
    if panel["type"] == "row":
        return f'<h2 style="{style}">{title}</h2>'
    body = {"stat": stat, "table": table}.get(panel["type"], lambda p: graph(p, width - 8, height - 85))(panel)
    return f'<section style="{style}"><h3>{title}</h3>{body}</section>'


panels = json.loads((CHART / "dashboards/integration-operator.json").read_text())["panels"]
print("""<!doctype html><meta charset="utf-8"><style>
body { background: #111217; color: #ccccdc; font: 12px "DejaVu Sans", sans-serif; margin: 8px; position: relative }
section, h2 { position: absolute; overflow: hidden; box-sizing: border-box } section { background: #181b1f; border: 1px solid #2c3235; padding: 4px }
h2 { font-size: 14px; margin: 4px 0 } h3 { font-size: 12px; margin: 2px } .stat { margin: 14px; text-align: center }
svg text { fill: #9a9aa5; font-size: 10px; text-anchor: end } .grid { stroke: #2c3235 } polyline { fill: none; stroke-width: 1.5 }
.legend { margin: 2px 4px; font-size: 10px; line-height: 14px } .legend span { margin-right: 10px } i { display: inline-block; width: 10px; height: 3px; margin: 0 4px 3px 0 }
table { width: 100%; border-collapse: collapse } td, th { text-align: left; border-bottom: 1px solid #2c3235; padding: 4px }
</style>""" + "".join(map(drawn, panels)))
