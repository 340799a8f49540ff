// Figures as people read them. A narrow space that does not break stands before units.
const gap = "\u202f";
const grouped = new Intl.NumberFormat("en");

/** "99.2 %"; what is nearly certain or nearly impossible is not rounded to be so. */
export function percent(share) {
  if (share > 0.9995 && share < 1) return `>${gap}99.9${gap}%`;
  if (share > 0 && share < 0.0005) return `<${gap}0.1${gap}%`;
  return `${(100 * share).toFixed(1)}${gap}%`;
}

/** As models' cards have it: "99.20 %". */
export function accuracy(share) { return `${(100 * share).toFixed(2)}${gap}%`; }

export function duration(microseconds) {
  const [value, unit] = microseconds < 1000 ? [microseconds, "µs"]
    : microseconds < 1_000_000 ? [microseconds / 1000, "ms"] : [microseconds / 1_000_000, "s"];
  return `${threeDigits(value)}${gap}${unit}`;
}

export function bytes(count) {
  const [value, unit] = count < 1_000_000 ? [count / 1000, "kB"] : [count / 1_000_000, "MB"];
  return `${threeDigits(value)}${gap}${unit}`;
}

export function count(value) { return grouped.format(Math.round(value)); }

/** A rate: small ones with a decimal, large ones in whole numbers. */
export function rate(value) { return value > 0 && value < 10 ? value.toFixed(1) : count(value); }

function threeDigits(value) {
  if (value === 0) return "0";
  return value >= 100 ? grouped.format(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);
}
