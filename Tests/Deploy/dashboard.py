#!/usr/bin/env python3
"""Prints the queries of a Grafana dashboard as recording rules, which promtool can judge.

Usage: dashboard.py FILE
"""

import json
import sys


def expressions(value):
    """Every "expr" in a JSON value, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "expr":
                yield inner
            yield from expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner)


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    with open(arguments[0], encoding="utf-8") as file:
        found = list(expressions(json.load(file)))
    rules = [
        {"record": f"dashboard:query_{number}", "expr": text.replace("$__rate_interval", "1m")}
        for number, text in enumerate(found)]
    # JSON is YAML, too.
    print(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
