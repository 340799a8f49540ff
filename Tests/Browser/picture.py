#!/usr/bin/env python3
"""Write Docs/page.png: the page with a number drawn on it, served by a digitd of its own.

Usage: picture.py DIGITD   (from the root of the repository; needs what run.py needs, and looks
as it should where Inter is installed: Debian's fonts-inter)
"""

import base64
import sys
import tempfile
import time

from browser import DIGITS, Page, shifted
from served import Served

SIZE = {"width": 1240, "height": 1075}
QUIET_SECONDS = 2
ATTEMPTS = 200


def ask_until_undisturbed(page):
    """Until an answer takes as long as it does on a machine that does nothing else."""
    for _ in range(ATTEMPTS):
        value, unit = page.text("round-trip").split("\u202f")
        if unit == "µs" or unit == "ms" and float(value) < 20:
            return
        page.run("document.getElementById('model').dispatchEvent(new Event('change'))")
        time.sleep(0.1)


def main(digitd):
    server = Served(digitd)
    with tempfile.TemporaryDirectory() as folder:
        page = Page(server.url, folder)
        try:
            page.emulate(**SIZE)
            page.open()
            page.run("const width = document.getElementById('width'); width.value = 22;"
                     "width.dispatchEvent(new Event('input'))")
            page.draw(shifted(DIGITS["4"], -135, 0.95) + shifted(DIGITS["2"], 150, 0.95))
            page.wait_for_text("42")
            # Until nothing is under way any more, and the page is where it begins.
            time.sleep(QUIET_SECONDS)
            ask_until_undisturbed(page)
            page.run("scrollTo(0, 0)")
            picture = page.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        finally:
            page.close()
            server.stop()
    with open("Docs/page.png", "wb") as file:
        file.write(base64.b64decode(picture["data"]))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
