"""Judges servers and clients by SPEC.md: python3 -m conformance --help, within Protocol."""
