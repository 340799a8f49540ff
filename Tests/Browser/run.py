#!/usr/bin/env python3
"""Tests of the page in headless Chromium, against servers of its own.

Usage: run.py DIGITD [TEST…]   (from the root of the repository; needs selenium and
axe-playwright-python, and Debian's chromium and chromium-driver)
"""

import importlib.resources
import os
import sys
import tempfile
import unittest

import browser
import cases
import served
import test_face
import test_token

TOKEN = "a-token-of-the-tests"


def main(digitd, names):
    here = os.path.dirname(os.path.abspath(__file__))
    test_face.axe_source = (
        importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text()
    with tempfile.TemporaryDirectory() as folder:
        tokens = os.path.join(folder, "tokens")
        with open(tokens, "w") as file:
            file.write(TOKEN + "\n")
        os.chmod(tokens, 0o600)
        servers = [served.Served(digitd), served.Served(digitd, "--token-file", tokens)]
        test_token.url, test_token.token = servers[1].url, TOKEN
        try:
            cases.page = browser.Page(servers[0].url, folder)
            loader = unittest.TestLoader()
            loader.testNamePatterns = [f"*{name}*" for name in names] or None
            result = unittest.TextTestRunner(verbosity=2).run(loader.discover(here))
        finally:
            if cases.page:
                cases.page.close()
            for server in servers:
                server.stop()
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
