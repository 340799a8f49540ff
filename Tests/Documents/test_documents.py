"""Tests of documents.py: each fault that a document can have is noticed, and no other is."""

import os
import tempfile
import unittest

import documents
import reading

PROGRAM = """#!/bin/sh
case "$*" in
  --help) printf 'Usage\\n\\nCommands:\\n  count    Count.\\n\\nOptions:\\n  -h, --help\\n' ;;
  "count --help") printf 'Options:\\n      --to N    The end.\\n' ;;
  "count --to 3") printf 'counting\\n  to 3 of 3\\nall done\\n' ;;
  *) echo "no: $*"; exit 1 ;;
esac
"""
DEV = """#!/bin/sh
printf '  test     Test. With --all everything.\\n'
"""


class DocumentsTest(unittest.TestCase):
    def failures(self, text):
        with tempfile.TemporaryDirectory() as tree:
            os.makedirs(f"{tree}/.build/release")
            files = {"README.md": text, "dev": DEV}
            for name in ("digitd", "digitctl", "digitlab"):
                files[f".build/release/{name}"] = PROGRAM
            for name, content in files.items():
                with open(f"{tree}/{name}", "w", encoding="utf-8") as file:
                    file.write(content)
                os.chmod(f"{tree}/{name}", 0o755)
            return documents.check(tree)[0]

    def noticed(self, text, *words):
        found = self.failures(text)
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def test_true_document(self):
        self.assertEqual(self.failures("""
Text with `--to N`, `--all` and `.build/release/digitctl`.

```console
$ .build/release/digitctl count \\
    --to 3      # a comment
counting
…
all   done
$ x=1
$ test $x = 1
```
```sh long
./dev test --all        # everything
.build/release/digitlab count --to 9 | head -1
```
```
a diagram
```
"""), [])

    def test_status(self):
        self.noticed("```console\n$ true\n$ .build/release/digitctl\n```\n",
                     "README.md:3", "expected status 0, got status 1", "no: ")

    def test_line(self):
        self.noticed("```console\n$ .build/release/digitctl count --to 3\ncounting\nall over\n```\n",
                     "README.md:2", "expected the line 'all over', got:", "    all done")

    def test_order_of_lines(self):
        self.noticed("```console\n$ .build/release/digitctl count --to 3\nall done\ncounting\n```\n",
                     "expected the line 'counting'")

    def test_beginning_of_line_with_figures(self):
        self.assertIsNone(reading.missing_line(["to 7 of 9"], "  to 3 of 3\n"))
        self.assertEqual(reading.missing_line(["up to 7 of 9"], "  to 3 of 3\n"), "up to 7 of 9")

    def test_flag_of_long_block(self):
        self.noticed("```sh long\n.build/release/digitctl count --too 3\n```\n",
                     "README.md:2", "expected a flag that 'digitctl count --help' names, got '--too'")

    def test_command_of_long_block(self):
        self.noticed("```sh long\ntrue && .build/release/digitctl tell\n```\n",
                     "expected a command of digitctl, got 'tell'")

    def test_command_of_dev(self):
        self.noticed("```sh long\n./dev jump\n```\n", "expected a command of ./dev, got 'jump'")

    def test_flag_of_text(self):
        self.noticed("Give `--two N`.\n", "README.md:1", "got --two")

    def test_commands_in_a_block_of_no_kind(self):
        self.noticed("```\n$ true\n```\n", "README.md:2", "expected ```console before commands")

    def test_word_after_kind(self):
        self.noticed("```sh slow\ntrue\n```\n", "expected nothing or 'long' after sh, got 'slow'")

    def test_reading_order(self):
        readme = "[a](Docs/b.md#x) [b](Docs/a.md) [c](Docs/b.md) [d](LICENSE)"
        self.assertEqual(reading.documents(readme), ["README.md", "Docs/b.md", "Docs/a.md"])


if __name__ == "__main__":
    unittest.main()
