#!/usr/bin/env python3
"""Checks that what Deploy and Docs/metrics.md name exists.

Usage: names.py DIGITD DIGITD-METRICS HAPROXY-METRICS

Metrics and their labels in rules, dashboards and documents must be among those of a real digitd and
HAProxy (the two files are scrapes); options of digitd in units, containers and manifests must be in
its --help; every alert must have a section in the runbook and a test, and every section an alert.
"""

import pathlib
import re
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "Deploy"
METRIC = re.compile(r"\b(?:digitd|haproxy|process)_[a-z0-9_]+\b")
# Labels that Prometheus itself puts on every series.
TARGET_LABELS = {"job", "instance", "namespace", "pod"}
# Where options of digitd stand; others than those of digitd do not.
OPTION_FILES = [
    "systemd/digitd.service", "container/Containerfile", "container/compose.yaml",
    "kubernetes/**/*.yaml"]


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    digitd, *scrapes = arguments
    metrics = {}
    for scrape in scrapes:
        read_scrape(pathlib.Path(scrape).read_text(encoding="utf-8"), metrics)
    problems = [*metric_problems(metrics), *option_problems(digitd), *alert_problems()]
    for problem in problems:
        print(f"names: {problem}", file=sys.stderr)
    print(f"names: {len(metrics)} metrics, {len(problems)} problems")
    return 1 if problems else 0


def read_scrape(text, metrics):
    """Adds each metric's labels and their values to `metrics`."""
    for name, labels in re.findall(r"^([a-z]\w*)(?:\{(.*)\})? \S+$", text, re.M):
        known = metrics.setdefault(name, {})
        for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
            known.setdefault(label, set()).add(value)


def documents():
    yield ROOT / "Docs/metrics.md"
    for pattern in ("prometheus/*", "kubernetes/**/*.yaml", "*.md"):
        yield from sorted(DEPLOY.glob(pattern))


def metric_problems(metrics):
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in metrics}
    for path in documents():
        text = path.read_text(encoding="utf-8")
        for name in sorted(set(METRIC.findall(text)) - families - set(metrics)):
            if f"{name}:" not in text and not name.endswith("_"):
                yield f"{path.relative_to(ROOT)}: no server has a metric {name}"
        for name, selector in re.findall(rf"({METRIC.pattern})\{{([^}}]*)\}}", text):
            yield from selector_problems(path, name, selector, metrics.get(name, {}))


def selector_problems(path, name, selector, labels):
    for label, operator, value in re.findall(r'(\w+)(=~|!~|!=|=)\\?"([^"\\]*)', selector):
        where = f"{path.relative_to(ROOT)}: {name}{{{label}{operator}\"{value}\"}}"
        if label in TARGET_LABELS or value.startswith("$"):
            continue
        if label not in labels:
            yield f"{where}: this metric has the labels {sorted(labels)}"
        # Values come and go with models, versions and proxies; these are closed lists.
        elif label in ("outcome", "le", "door", "reason") and operator in ("=", "!="):
            if value not in labels[label]:
                yield f"{where}: this label is one of {sorted(labels[label])}"


def option_problems(digitd):
    text = subprocess.run([digitd, "--help"], capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"^ +(?:-\w, )?(--[a-z][\w-]+)", text, re.M))
    for path in (path for pattern in OPTION_FILES for path in sorted(DEPLOY.glob(pattern))):
        for line in path.read_text(encoding="utf-8").splitlines():
            # A health check's command is digitctl's.
            if "digitctl" in line or not re.search(r"digitd|^\s*(- |command:|args:|value:)", line):
                continue
            for option in re.findall(r"(?<![\w-])--[a-z][\w-]+", line):
                if option not in known and not line.lstrip().startswith("#   "):
                    yield f"{path.relative_to(ROOT)}: digitd has no option {option}"


def alert_problems():
    rules = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text(encoding="utf-8"))
    alerts = {rule["alert"]: rule for group in rules["groups"] for rule in group["rules"]
              if "alert" in rule}
    runbook = (DEPLOY / "RUNBOOK.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^### (\w+)$", runbook, re.M))
    tests = (DEPLOY / "prometheus/rules.test.yml").read_text(encoding="utf-8")
    tested = set(re.findall(r'alertname[:=] ?"?(\w+)', tests))
    for alert, rule in alerts.items():
        if not rule["annotations"]["runbook"].endswith(f"Deploy/RUNBOOK.md#{alert.lower()}"):
            yield f"rules.yml: {alert} does not lead to its section of the runbook"
    for alert in sorted(set(alerts) ^ sections):
        yield f"expected {alert} to be an alert of rules.yml and a section of RUNBOOK.md"
    for alert in sorted(set(alerts) - tested):
        yield f"rules.test.yml: {alert} is not tested"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
