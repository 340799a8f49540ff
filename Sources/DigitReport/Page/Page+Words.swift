import DigitEvaluation

/// What the page says for itself, and how it looks.
extension Page {
  static let confusionText = """
    <p>\(escaped(ConfusionMatrix.explanation)) The deeper a colour, the more
    often the digit of its row was taken for that of its column.</p>

    """

  static let classText = """
    <p>Precision is the part of the images read as a digit that show it; recall the part of the
    images that show a digit that were read as it; F1 their harmonic mean.</p>

    """

  static let mistakeText = """
    <p>Wrong answers, the surest first: the true digit, what was read, how sure the network was,
    and the image's place in the set.</p>

    """

  static let calibrationText = """
    <p>A well-calibrated network is right as often as it is sure: its bars end at the dashed line.
    The expected calibration error is the mean distance from that line over 15 bins of equal width,
    weighted by the images in each (Guo et al. 2017). Bins of few images say little.</p>

    """

  static let style = """
    body { font: 16px/1.5 system-ui, sans-serif; color: #30343b; max-width: 60rem;
      margin: 2rem auto; padding: 0 1rem; }
    header { border-bottom: 3px solid #0072b2; margin-bottom: 2rem; }
    h1 { margin: 0; } h2 { margin-top: 2.5rem; }
    .kind { margin: 0; color: #747a84; }
    .accuracy { font-size: 2.5rem; font-weight: 600; color: #0072b2; margin: 0 0 .5rem; }
    .chart { width: 100%; max-width: 56rem; height: auto; display: block; }
    .confusion { max-width: 40rem; }
    .missing { color: #c23b12; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    td, th { padding: .25rem .9rem .25rem 0; border-bottom: 1px solid #e3e6ea; }
    .facts td:first-child { color: #747a84; }
    .figures td, .figures th { text-align: right; }
    .digits { display: flex; flex-wrap: wrap; gap: 1rem; }
    figure { margin: 0; text-align: center; font-size: .85rem; line-height: 1.35; }
    .digit { width: 112px; height: 112px; image-rendering: pixelated;
      border: 1px solid #e3e6ea; }
    figcaption b { color: #c23b12; } figcaption span { color: #747a84; }
    """
}
