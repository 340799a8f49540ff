// The server's metrics: Prometheus' text format, and what is computed from two readings of it.

/** A `Map` of names to their series, `[{ labels, value }]`. Other lines than samples are left out. */
export function parseMetrics(text) {
  const families = new Map();
  for (const line of text.split("\n")) {
    const match = line.match(/^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/);
    if (!match) continue;
    const [, name, labels = "", value] = match;
    if (!families.has(name)) families.set(name, []);
    families.get(name).push({ labels: parseLabels(labels), value: parseValue(value) });
  }
  return families;
}

function parseLabels(text) {
  const labels = {};
  for (const [, name, value] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = value.replace(/\\(.)/g, (_, mark) => (mark === "n" ? "\n" : mark));
  }
  return labels;
}

function parseValue(text) {
  return text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
}

function matches(labels, wanted) {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** The sum of a name's series with these labels; 0 where there are none. */
export function total(families, name, wanted = {}) {
  return (families.get(name) ?? [])
    .filter(({ labels }) => matches(labels, wanted))
    .reduce((sum, { value }) => sum + value, 0);
}

/** The values that a label has in a name's series, in order. */
export function labelValues(families, name, label) {
  const values = (families.get(name) ?? []).map(({ labels }) => labels[label]);
  return [...new Set(values.filter((value) => value !== undefined))].sort();
}

/**
 * A histogram's buckets, summed over the series with these labels: `{ bounds, counts, sum }`, with
 * the count of each bucket by itself and the last bound infinite.
 */
export function histogram(families, name, wanted = {}) {
  const cumulative = new Map();
  for (const { labels, value } of families.get(`${name}_bucket`) ?? []) {
    if (!matches(labels, wanted)) continue;
    const bound = parseValue(labels.le);
    cumulative.set(bound, (cumulative.get(bound) ?? 0) + value);
  }
  const bounds = [...cumulative.keys()].sort((a, b) => a - b);
  const counts = bounds.map(
    (bound, i) => cumulative.get(bound) - (i === 0 ? 0 : cumulative.get(bounds[i - 1])));
  return { bounds, counts, sum: total(families, `${name}_sum`, wanted) };
}

/** What came into a histogram between two readings; all of the later after a restart. */
export function difference(later, earlier) {
  const earlierCounts = new Map(earlier.bounds.map((bound, i) => [bound, earlier.counts[i]]));
  const counts = later.bounds.map((bound, i) => later.counts[i] - (earlierCounts.get(bound) ?? 0));
  if (counts.some((count) => count < 0)) return later;
  return { bounds: later.bounds, counts, sum: later.sum - earlier.sum };
}

export function sampleCount({ counts }) { return counts.reduce((sum, count) => sum + count, 0); }

/**
 * The value below which a share of the samples is, taken to be evenly spread within a bucket, as
 * Prometheus' `histogram_quantile` does. Null where there are no samples; the last finite bound
 * for what lies above it.
 */
export function quantile({ bounds, counts }, share) {
  const rank = share * sampleCount({ counts });
  if (rank === 0) return null;
  let below = 0;
  for (let i = 0; i < bounds.length; i += 1) {
    if (counts[i] > 0 && below + counts[i] >= rank) {
      const lower = i === 0 ? 0 : bounds[i - 1];
      if (bounds[i] === Infinity) return lower;
      return lower + ((bounds[i] - lower) * (rank - below)) / counts[i];
    }
    below += counts[i];
  }
  return null;
}
