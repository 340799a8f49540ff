"""A headless Chromium with the page in it, and what people do there."""

import os
import time

from selenium import webdriver
from selenium.webdriver.common.actions import interaction
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

# Strokes as points on the sheet of 640 x 480.
DIGITS = {
    "2": [[(205, 170), (225, 120), (290, 100), (350, 125), (360, 180), (320, 250), (250, 320),
           (200, 375), (290, 370), (380, 375)]],
    "3": [[(230, 110), (300, 90), (365, 115), (370, 170), (320, 215), (280, 225), (330, 235),
           (380, 285), (370, 350), (300, 390), (220, 370)]],
    "4": [[(265, 100), (235, 180), (210, 270), (300, 270), (390, 265)],
          [(345, 160), (345, 270), (340, 395)]],
    "7": [[(210, 110), (300, 105), (390, 105), (360, 190), (320, 290), (290, 390)]],
}
SHEET_WIDTH = 640
ANSWER_SECONDS = 10


def shifted(strokes, dx, scale=1.0):
    """Strokes moved to the right, and drawn smaller about the sheet's middle."""
    return [
        [(320 + (x - 320) * scale + dx, 240 + (y - 240) * scale) for x, y in stroke]
        for stroke in strokes
    ]


class Page:
    """One window; `path` is what follows the server's address."""

    def __init__(self, url, downloads):
        options = webdriver.ChromeOptions()
        for argument in (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--hide-scrollbars", "--window-size=1280,1000", "--touch-events=enabled",
            # Nothing is asked of the browser's own servers.
            "--disable-background-networking", "--disable-component-update", "--no-first-run",
        ):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"download.default_directory": downloads})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # Selenium would otherwise look for a driver on the network.
        service = webdriver.ChromeService(executable_path="/usr/bin/chromedriver")
        options.binary_location = "/usr/bin/chromium"
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_script_timeout(60)
        self.url = url
        self.downloads = downloads

    def close(self):
        self.driver.quit()

    def open(self, path="/"):
        # A change of the fragment alone loads nothing.
        self.driver.get("about:blank")
        self.driver.get(self.url + path)
        self.wait(lambda: self.find("model").get_attribute("value"), "the models are listed")

    def emulate(self, width=1280, height=1000, scheme="light", scale=1):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 500})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    # What one sees.

    def find(self, name):
        return self.driver.find_element(By.ID, name)

    def text(self, name="text"):
        return self.find(name).get_attribute("textContent")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def run_module(self, script, *arguments):
        """The result of an asynchronous function's body."""
        result = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1], given = [...arguments].slice(0, -1);"
            f"(async (...given) => {{{script}}})(...given)"
            ".then((value) => done({ value }), (error) => done({ error: String(error) }));",
            *arguments)
        if "error" in result:
            raise AssertionError(result["error"])
        return result["value"]

    def wait(self, condition, what):
        WebDriverWait(self.driver, ANSWER_SECONDS, poll_frequency=0.02).until(
            lambda _: condition(), f"expected that {what}; it reads '{self.text()}', "
            f"'{self.text('certainty')}'")

    def wait_for_text(self, text):
        """How many seconds it took until the number read was this."""
        began = time.monotonic()
        self.wait(lambda: self.text() == text, f"'{text}' is read")
        return time.monotonic() - began

    # What one does.

    def draw(self, strokes, kind=interaction.POINTER_MOUSE, is_lifted=True, pressure=None):
        self.run("document.getElementById('canvas').scrollIntoView({ block: 'center' })")
        pointer = PointerInput(kind, f"draws by {kind}")
        builder = ActionBuilder(self.driver, mouse=pointer, duration=8)
        corner = self.run(
            "const { left, top, width } = document.getElementById('canvas')"
            ".getBoundingClientRect(); return [left, top, width / arguments[0]]", SHEET_WIDTH)
        for stroke in strokes:
            points = [(round(corner[0] + x * corner[2]), round(corner[1] + y * corner[2]))
                      for x, y in dense(stroke)]
            action = builder.pointer_action
            action.move_to_location(*points[0]).pointer_down(pressure=pressure)
            for point in points[1:]:
                action.move_to_location(*point, pressure=pressure)
            if is_lifted:
                action.pointer_up()
        builder.perform()

    def ink(self):
        """How many of the sheet's pixels are drawn on."""
        return self.run(
            "const canvas = document.getElementById('canvas');"
            "return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data"
            ".filter((value, i) => i % 4 === 3 && value > 127).length")

    def lift(self):
        pointer = PointerInput(interaction.POINTER_MOUSE, f"draws by {interaction.POINTER_MOUSE}")
        builder = ActionBuilder(self.driver, mouse=pointer)
        builder.pointer_action.pointer_up()
        builder.perform()

    def downloaded(self, name):
        path = os.path.join(self.downloads, name)
        self.wait(lambda: os.path.exists(path), f"{name} is downloaded")
        return path

    # What the browser noticed.

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING")]


def dense(stroke):
    """A stroke as pointers report it: a curve through its points, with others between them."""
    around = [stroke[0], *stroke, stroke[-1]]
    points = [stroke[0]]
    for before, start, end, after in zip(around, around[1:], around[2:], around[3:]):
        points += [tuple(between(*each, part / 4) for each in zip(before, start, end, after))
                   for part in (1, 2, 3, 4)]
    return points


def between(before, start, end, after, part):
    """Catmull and Rom's spline: from start to end as part goes from 0 to 1."""
    return 0.5 * (
        2 * start + (end - before) * part
        + (2 * before - 5 * start + 4 * end - after) * part**2
        + (3 * start - before - 3 * end + after) * part**3)
