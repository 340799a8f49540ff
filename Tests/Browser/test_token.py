"""A server that asks for a token."""

from browser import DIGITS
from cases import PageCase

# A server of the same page that takes this token only.
url, token = None, None


class TokenTests(PageCase):
    def setUp(self):
        super().setUp()
        self.others, self.page.url = self.page.url, url

    def tearDown(self):
        self.page.run("sessionStorage.clear()")
        super().tearDown()
        self.page.url = self.others

    def test_it_is_asked_for_and_kept_for_the_tab(self):
        self.page.driver.get(url)
        self.page.wait(lambda: self.page.find("token").is_displayed(), "a token is asked for")
        self.page.find("token-text").send_keys("wrong\n")
        self.page.wait(lambda: self.page.find("token").is_displayed(), "it is asked for again")
        self.page.find("token-text").clear()
        self.page.find("token-text").send_keys(token + "\n")
        self.page.wait(lambda: self.page.find("model").get_attribute("value"), "models are listed")
        self.assertFalse(self.page.find("token").is_displayed())
        self.page.draw(DIGITS["7"])
        self.page.wait_for_text("7")
        # The browser itself tells of each 401.
        self.assertTrue(all("401" in each for each in self.page.complaints()))
        self.page.open()
        self.page.draw(DIGITS["3"])
        self.page.wait_for_text("3")
