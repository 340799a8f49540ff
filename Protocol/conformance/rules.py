"""Rules of the specification, how they come out, and the report."""

import concurrent.futures
import fnmatch
import time
from dataclasses import dataclass
from typing import Callable


class Failed(Exception):
    """The subject broke the rule; the text says what was expected and what came."""


class Skipped(Exception):
    """The rule cannot be judged here; the text says why, and what it would take."""


def expect(condition, expected, got):
    if not condition:
        raise Failed(f"expected {expected}, got {got}")


@dataclass(frozen=True)
class Rule:
    """A rule of SPEC.md.

    `must`: whether breaking it is a failure, or a warning; `waits`: it takes long and does little,
    so it is judged beside the others.
    """

    section: str
    name: str
    judge: Callable
    must: bool = True
    waits: bool = False

    @property
    def title(self):
        return f"{self.section:4} {self.name}"


class RuleBook:
    """Rules in the order in which they are judged."""

    def __init__(self):
        self.rules = []

    def rule(self, section, name, must=True, waits=False):
        def add(judge):
            self.rules.append(Rule(section, name, judge, must, waits))
            return judge
        return add

    def chosen(self, patterns):
        """Those whose section is, or whose title has, one of the patterns; all without any."""
        return [rule for rule in self.rules if not patterns or any(
            rule.section == pattern or fnmatch.fnmatch(rule.title.lower(), f"*{pattern.lower()}*")
            for pattern in patterns)]


def outcome_of(rule, *subject):
    """"pass", "FAIL", "warn" or "skip", why, and how many seconds it took."""
    began, text = time.monotonic(), ""
    try:
        rule.judge(*subject)
        outcome = "pass"
    except Skipped as reason:
        outcome, text = "skip", str(reason)
    except Failed as reason:
        outcome, text = "FAIL" if rule.must else "warn", str(reason)
    except OSError as error:
        outcome, text = "FAIL", f"expected a connection to work, got {error}"
    return outcome, text, time.monotonic() - began


class Report:
    """Judges rules, prints each outcome as it comes, and the sum."""

    def __init__(self, is_quiet=False):
        self._counts = {"pass": 0, "FAIL": 0, "warn": 0, "skip": 0}
        self._is_quiet = is_quiet

    def run(self, rules, *subject):
        with concurrent.futures.ThreadPoolExecutor(max_workers=16) as beside:
            later = [(rule, beside.submit(outcome_of, rule, *subject))
                     for rule in rules if rule.waits]
            for rule in rules:
                if not rule.waits:
                    self._tell(rule, *outcome_of(rule, *subject))
            for rule, outcome in later:
                self._tell(rule, *outcome.result())

    def _tell(self, rule, outcome, text, seconds):
        self._counts[outcome] += 1
        if outcome == "pass" and self._is_quiet:
            return
        took = f" ({seconds:.1f} s)" if seconds >= 1 else ""
        print(f"{outcome}  {rule.title}{took}", flush=True)
        if text:
            print(f"            {text}", flush=True)

    def finish(self, subject):
        """The exit status: 0 where no rule failed."""
        counts = self._counts
        print(f"conformance: {subject}: {sum(counts.values())} rules: {counts['pass']} passed, "
              f"{counts['FAIL']} failed, {counts['warn']} warnings, {counts['skip']} skipped")
        return 1 if counts["FAIL"] else 0
