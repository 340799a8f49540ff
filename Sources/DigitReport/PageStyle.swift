import DigitCharts

/// The look of a report: that of the page which `digitd` serves, on light and dark ground, on a
/// phone and on paper.
enum PageStyle {
  static let css = """
    :root { color-scheme: light dark; --ground: #f6f5f1;
    \(light) }
    @media (prefers-color-scheme: dark) { :root { --ground: #101114;
    \(dark) } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 61rem; padding: 1.5rem 1.25rem 4rem;
      background: var(--ground); color: var(--ink); line-height: 1.5;
      font-family: Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
      font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
    .kind { margin: 0; color: var(--quiet); font-size: .9rem; }
    .kind b { color: var(--ink); font-weight: 650; letter-spacing: -.02em; margin-right: .3em; }
    h1 { margin: .3rem 0 1rem; font-size: clamp(1.5rem, 1.2rem + 2vw, 2.25rem); line-height: 1.1;
      letter-spacing: -.03em; font-weight: 650; }
    h2 { margin: 2.6rem 0 .6rem; font-size: 1.2rem; letter-spacing: -.012em; font-weight: 620; }
    .verdict { display: flex; flex-wrap: wrap; gap: .2rem .8rem; align-items: baseline;
      margin: 0 0 1rem; padding: .8rem 1.25rem; border-radius: 1rem; border: 1px solid; }
    .verdict b { font-size: 1.15rem; letter-spacing: .01em; }
    .verdict span { color: var(--ink); }
    .verdict.passed { color: var(--good); background: var(--good-ground); }
    .verdict.failed, .verdict.invalid { color: var(--bad); background: var(--bad-ground); }
    .headline { margin: 0 0 1rem; font-size: clamp(1.6rem, 7vw, 2.6rem); font-weight: 650;
      line-height: 1.1; letter-spacing: -.03em; color: var(--accent); }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0; }
    dt { color: var(--quiet); } dd { margin: 0; white-space: pre-wrap; }
    .origin { font-size: .88rem; } .origin, .charts { padding: 1rem 1.25rem;
      background: var(--surface); border: 1px solid var(--line); border-radius: 1.25rem; }
    .origin .command { font-family: ui-monospace, "SF Mono", Menlo, monospace; font-size: .94em; }
    .command span { display: inline-block; max-width: 100%; }
    .charts { display: flex; flex-wrap: wrap; gap: 1.2rem 1rem; margin: 1rem 0; }
    svg.chart { display: none; max-width: 100%; height: auto; }
    .scroll { overflow-x: auto; margin: 1rem 0; }
    table { border-collapse: collapse; font-size: .92rem; }
    td, th { padding: .28rem 0 .28rem .9rem; border-bottom: 1px solid var(--line);
      text-align: right; white-space: nowrap; }
    td:first-child, th:first-child { padding-left: 0; position: sticky; left: 0;
      background: var(--ground); }
    th { color: var(--quiet); font-weight: 500; }
    .digits { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.2rem, 1fr));
      gap: 1rem .8rem; }
    figure { margin: 0; text-align: center; font-size: .85rem; line-height: 1.35; }
    .digit { width: 100%; max-width: 112px; aspect-ratio: 1; image-rendering: pixelated;
      border: 1px solid var(--line); border-radius: .4rem; }
    figcaption b { color: var(--bad); } figcaption span { color: var(--quiet); }
    @media screen and (max-width: 680px) {
      svg.chart.narrow { display: block; width: 100%; }
      .origin, .charts { padding: .8rem .9rem; } body { padding: 1rem .9rem 3rem; }
      dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .45rem; }
    }
    @media screen and (min-width: 681px) and (max-width: 1000px) {
      svg.chart.middle { display: block; }
    }
    @media screen and (min-width: 1001px) { svg.chart.wide { display: block; } }
    @media print {
      :root { color-scheme: light; --ground: #ffffff;
      \(light) }
      @page { margin: 14mm; }
      body { max-width: none; padding: 0; font-size: 10.5pt; }
      svg.chart.middle { display: block; }
      .origin, .charts { padding: .6rem .8rem; }
      .scroll { overflow: visible; } td, th { padding-left: .6rem; font-size: 8.5pt; }
      figure, tr, .verdict, .origin, .charts { break-inside: avoid; }
      h2, h2 + p { break-after: avoid; }
      .digits { grid-template-columns: repeat(8, 1fr); }
    }
    \(ChartStyle.css)
    """

  private static let light = """
      --surface: #ffffff; --ink: #17181c; --quiet: #5c5e66; --line: #dddbd3; --accent: #2f4fe0;
      --good: #0b6b45; --good-ground: #e4f3ea; --bad: #b3261e; --bad-ground: #fbe9e6;
    """

  private static let dark = """
      --surface: #191a1f; --ink: #ededf0; --quiet: #a2a5ae; --line: #2c2e35; --accent: #93a7ff;
      --good: #6fd8a6; --good-ground: #15271f; --bad: #ff9d94; --bad-ground: #331c1b;
    """
}
