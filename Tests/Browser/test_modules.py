"""Modules without a document: what they compute, in the browser that runs them."""

from cases import PageCase

IMPORT = "const { %s } = await import('/modules/%s.js');"


class ModuleTests(PageCase):
    def setUp(self):
        super().setUp()
        self.page.open()

    def run_with(self, names, module, script, *arguments):
        return self.page.run_module(IMPORT % (names, module) + script, *arguments)

    def test_pgm(self):
        file = self.run_with(
            "encodePGM", "pgm",
            "return [...encodePGM({ width: 3, height: 2, "
            "gray: Uint8Array.of(0, 127, 255, 1, 2, 3) })]")
        self.assertEqual(bytes(file), b"P5\n3 2\n255\n\x00\x7f\xff\x01\x02\x03")
        with self.assertRaises(AssertionError):
            self.run_with("encodePGM", "pgm",
                          "encodePGM({ width: 3, height: 2, gray: new Uint8Array(5) })")

    def test_a_fragment_holds_strokes(self):
        strokes = [
            {"kind": "stroke", "width": 26, "points": [0, 0, 0.5, 640, 480, 0.5, 10.5, 3, 0.5]},
            {"kind": "stroke", "width": 8, "points": [320, 240, 0.2]},
        ]
        restored = self.run_with(
            "encodeFragment, decodeFragment", "fragment",
            "return decodeFragment('#' + encodeFragment(given[0]))", strokes)
        self.assertEqual(restored[0], strokes[0])
        self.assertEqual(restored[1]["points"], strokes[1]["points"])

    def test_a_fragment_that_is_cut_anywhere_is_no_drawing_or_another(self):
        unharmed = self.run_with(
            "encodeFragment, decodeFragment", "fragment", """
            const points = Array.from({ length: 90 }, (_, i) =>
              i % 3 === 2 ? (i % 7) / 7 : 100 + 50 * Math.sin(i));
            const text = encodeFragment([{ kind: "stroke", width: 26, points }]);
            let checked = 0;
            for (let end = 0; end <= text.length; end += 1) {
              for (const letter of ["", "A", "_", "8"]) {
                const strokes = decodeFragment(text.slice(0, end) + letter) ?? [];
                for (const { points, width } of strokes) {
                  for (let i = 0; i < points.length; i += 3) {
                    const [x, y, pressure] = points.slice(i, i + 3);
                    if (!(x >= 0 && x <= 640 && y >= 0 && y <= 480 && pressure >= 0
                        && pressure <= 1 && width <= 80)) return end;
                  }
                }
                checked += 1;
              }
            }
            return checked > 100""")
        self.assertIs(unharmed, True)

    def test_a_long_drawing_becomes_a_coarser_link_and_too_long_a_one_none(self):
        lengths = self.run_with(
            "encodeFragment", "fragment", """
            const scribble = (count) => [{ kind: "stroke", width: 20, points:
              Array.from({ length: 3 * count }, (_, i) => i % 3 === 2 ? 0.5
                : 240 + 200 * Math.sin(i * i)) }];
            return [200, 20_000].map((count) => encodeFragment(scribble(count))?.length ?? null)""")
        self.assertLess(lengths[0], 6010)
        self.assertIsNone(lengths[1])

    def test_metrics_are_parsed(self):
        value = self.run_with(
            "parseMetrics, total, labelValues", "metrics", r"""
            const families = parseMetrics(given[0]);
            return [total(families, "a_total"), total(families, "a_total", { model: "x" }),
              labelValues(families, "a_total", "model"), total(families, "none")]""",
            '# HELP a_total Things.\n# TYPE a_total counter\na_total{model="x",code="1"} 3\n'
            'a_total{model="a\\"b,c}",code="1"} 4 1700000000\na_total{model="x",code="2"} 5e1\n'
            "b +Inf\n\nnonsense\n")
        self.assertEqual(value, [57, 53, ['a"b,c}', "x"], 0])

    def test_percentiles_of_histograms(self):
        value = self.run_with(
            "parseMetrics, histogram, difference, quantile", "metrics", """
            const read = (a, b, c) => histogram(parseMetrics(
              `h_bucket{m="1",le="1"} ${a}\\nh_bucket{m="1",le="2"} ${b}\\n`
              + `h_bucket{m="1",le="+Inf"} ${c}\\nh_sum{m="1"} ${c}`), "h");
            const grown = difference(read(10, 20, 22), read(0, 10, 12));
            const spread = read(10, 20, 20);
            return [grown.counts, quantile(spread, 0.75),
              [0.25, 0.5, 0.99].map((q) => quantile(grown, q)),
              quantile(read(0, 0, 4), 0.5), quantile(read(0, 0, 0), 0.5),
              difference(read(1, 2, 3), read(5, 6, 7)).counts]""")
        self.assertEqual(value[:2], [[10, 0, 0], 1.5])
        for got, wanted in zip(value[2], [0.25, 0.5, 0.99]):
            self.assertAlmostEqual(got, wanted)
        # Above the last bound; without a sample; after a restart.
        self.assertEqual(value[3:], [2, None, [1, 1, 1]])

    def test_the_latest_question_wins(self):
        value = self.run_with(
            "Latest", "latest", """
            const told = [], open = new Map();
            let most = 0;
            const latest = new Latest({
              ask: (question, signal) => new Promise((resolve, reject) => {
                open.set(question, () => { open.delete(question); resolve(question); });
                signal.addEventListener("abort", () => {
                  open.delete(question);
                  reject(new DOMException("", "AbortError"));
                });
                most = Math.max(most, open.size);
              }),
              answered: (answer) => told.push(answer), failed: (error) => told.push(String(error)),
            });
            const turn = () => new Promise((resolve) => setTimeout(resolve));
            for (const question of "abcdef") latest.put(question);
            open.get("b")(); await turn();      // a is under way; f is asked now
            open.get("a")(); await turn();      // stale: b was told
            open.get("f")(); await turn();
            latest.put("g"); latest.cancel(); await turn();
            latest.put("h"); open.get("h")(); await turn();
            return [told, most, latest.isIdle]""")
        self.assertEqual(value, [["b", "f", "h"], 2, True])

    def test_figures_are_written_as_people_read_them(self):
        gap = "\u202f"
        value = self.run_with(
            "percent, duration, bytes, rate", "format",
            "return [percent(1), percent(0.99999), percent(0.5), percent(0.0001), percent(0),"
            "duration(0.4), duration(83), duration(1234), duration(2e6), bytes(226000),"
            "rate(0), rate(0.5), rate(12345.6)]")
        self.assertEqual(value, [each.replace("_", gap) for each in (
            "100.0_%", ">_99.9_%", "50.0_%", "<_0.1_%", "0.0_%", "0.40_µs", "83.0_µs", "1.23_ms",
            "2.00_s", "226_kB", "0", "0.5", "12,346")])
