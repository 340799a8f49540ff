"""How the page looks and behaves for everyone: sizes, colours, assistive technology, the rest."""

import re
import time

from browser import DIGITS
from cases import PageCase

axe_source = None
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class FaceTests(PageCase):
    def findings(self):
        self.page.run(axe_source)
        results = self.page.run_module(
            "return axe.run(document, { runOnly: given[0] })", RULES)
        return [f"{finding['id']}: {node['html'][:120]}" for finding in results["violations"]
                for node in finding["nodes"]]

    def show_server(self):
        self.page.find("tab-server").click()
        self.page.wait(lambda: self.page.run(
            "return document.querySelectorAll('#chart-latency svg').length"), "figures are shown")

    def test_axe_finds_nothing(self):
        for scheme in ("light", "dark"):
            for width in (1280, 320):
                self.page.emulate(width=width, scheme=scheme)
                self.page.open()
                self.assertEqual(self.findings(), [], f"{scheme}, nothing drawn")
                self.draw_number()
                self.page.wait_for_text("42")
                self.assertEqual(self.findings(), [], f"{scheme}, 42")
                self.show_server()
                self.assertEqual(self.findings(), [], f"{scheme}, server")
        self.page.open()
        self.page.find("keys").click()
        self.assertEqual(self.findings(), [], "shortcuts")

    def test_nothing_is_wider_than_a_window_of_320(self):
        self.page.emulate(width=320, height=600)
        self.page.open()
        width = lambda: self.page.run("return document.documentElement.scrollWidth")
        self.assertLessEqual(width(), 320)
        self.draw_number()
        self.page.wait_for_text("42")
        self.assertLessEqual(width(), 320)
        self.show_server()
        self.assertLessEqual(width(), 320)

    def test_targets_are_24_pixels_and_more(self):
        self.page.emulate(width=320)
        self.page.open()
        small = self.page.run(
            "return [...document.querySelectorAll('button, select, a, input:not([type=file])')]"
            ".map((each) => [each.id || each.textContent, each.getBoundingClientRect()])"
            ".filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24))"
            ".map(([name]) => name)")
        self.assertEqual(small, [])

    def test_the_tabs_follow_the_arrow_keys(self):
        self.page.open()
        self.page.find("tab-draw").click()
        self.page.find("tab-draw").send_keys("\ue014")
        self.assertEqual(self.page.find("tab-server").get_attribute("aria-selected"), "true")
        self.assertTrue(self.page.find("view-server").is_displayed())
        self.assertFalse(self.page.find("view-draw").is_displayed())

    def test_what_was_read_is_spoken_once(self):
        self.page.open()
        self.page.run(
            "window.spoken = []; new MutationObserver((changes) => window.spoken.push("
            "...changes.flatMap(({ addedNodes }) => [...addedNodes])"
            ".map(({ textContent }) => textContent))).observe("
            "document.getElementById('spoken'), { childList: true })")
        self.page.draw(DIGITS["3"])
        self.page.wait(lambda: self.page.run("return window.spoken.length"), "it is spoken of")
        time.sleep(1)
        spoken = self.page.run("return window.spoken")
        self.assertEqual(len(set(spoken)), 1, spoken)
        self.assertRegex(spoken[-1], r"^Read as 3, .*, then \d with ")

    def test_the_server_at_work(self):
        self.page.open()
        self.page.draw(DIGITS["3"])
        self.page.wait_for_text("3")
        self.show_server()
        self.page.wait(lambda: "µs" in self.page.text("tiles") or "ms" in self.page.text("tiles"),
                       "latencies are shown")
        self.assertEqual(len(re.findall("Requests/s", self.page.text("tiles"))), 1)
        rows = self.page.run("return document.querySelectorAll('#traffic tbody tr').length")
        self.assertGreaterEqual(rows, 1)

    def test_everything_comes_from_the_server_and_is_small(self):
        self.page.open()
        transferred = self.page.run(
            "return performance.getEntriesByType('resource').concat("
            "performance.getEntriesByType('navigation')).map((each) =>"
            "[each.name, each.decodedBodySize])")
        total = sum(size for name, size in transferred if "/v1/" not in name)
        self.assertLess(total, 100 * 1024)
        usable = self.page.run(
            "return performance.getEntriesByName('usable')[0].startTime")
        print(f"usable {usable:.0f} ms after the navigation began, {total} bytes")

    def test_a_script_within_the_document_does_not_run(self):
        self.page.open()
        ran = self.page.run(
            "const script = document.createElement('script'); script.textContent ="
            "'window.ran = true'; document.body.append(script); return window.ran === true")
        self.assertFalse(ran)
        complaints = self.page.complaints()
        self.assertTrue(any("Content Security Policy" in each for each in complaints), complaints)
