"""What every test of the page has: one window for all, and no complaint of the browser."""

import json
import unittest

from browser import DIGITS, shifted

page = None


class PageCase(unittest.TestCase):
    def setUp(self):
        self.page = page
        self.page.emulate()
        self.page.driver.get_log("performance")
        self.page.complaints()

    def tearDown(self):
        self.assertEqual(self.page.complaints(), [])
        for url in self.requested():
            is_own = url.startswith((self.page.url + "/", "data:", "blob:", "about:"))
            self.assertTrue(is_own, f"{url} was asked for")

    def requested(self):
        for entry in self.page.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                yield message["params"]["request"]["url"]

    def draw_number(self):
        """4 and 2 side by side."""
        self.page.draw(shifted(DIGITS["4"], -150, 0.8) + shifted(DIGITS["2"], 150, 0.8))
