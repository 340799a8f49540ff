// Charts as SVG, drawn at the size they are shown at, so that their words are as large as others.

const height = 168;
const frame = { left: 1, right: 60, top: 12, bottom: 24 };
/** What the longest name below a column takes. */
const nameWidth = 36;
const namespace = "http://www.w3.org/2000/svg";

/**
 * Lines over time. `series` are `{ name, values }` with a value, or null, for each of
 * `capacity` moments, the last of them now; `format` writes a value.
 */
export function lineChart(container, { series, capacity, secondsEach, format, isLog = false }) {
  const svg = begin(container);
  const known = series.flatMap(({ values }) => values.filter((value) => value !== null));
  const scale = isLog ? logScale(known) : linearScale(known);
  const x = (i) => svg.left + (svg.width * (i + 1)) / capacity;
  const y = (value) => svg.top + svg.height * (1 - scale.place(value));
  drawGrid(svg, scale, y, format);
  for (const { name, values } of series) {
    const from = capacity - values.length;
    const points = values.map((value, i) => value === null ? null : [x(from + i), y(value)]);
    for (const run of runs(points)) {
      const line = run.map(([px, py]) => `${px.toFixed(1)} ${py.toFixed(1)}`).join("L");
      if (name === series[0].name && !isLog) {
        const [first, last] = [run[0][0], run.at(-1)[0]];
        const ground = `L${last} ${svg.bottom}L${first} ${svg.bottom}Z`;
        add(svg, "path", `area ${name}`, { d: `M${line}${ground}` });
      }
      add(svg, "path", `line ${name}`, { d: `M${line}` });
    }
  }
  write(svg, svg.left, svg.bottom + 18, `${Math.round((capacity * secondsEach) / 60)} min ago`);
  write(svg, svg.right, svg.bottom + 18, "now", "end");
  const last = series.map(({ name, values }) => {
    const value = values.at(-1) ?? null;
    return `${name} ${value === null ? "unknown" : format(value)}`;
  });
  finish(container, svg, `Over the last minutes; now: ${last.join(", ")}`);
}

/** Columns `{ name, value }` of shares of a whole. */
export function columnChart(container, { columns, format }) {
  const svg = begin(container);
  const scale = linearScale(columns.map(({ value }) => value));
  const y = (value) => svg.top + svg.height * (1 - scale.place(value));
  drawGrid(svg, scale, y, format);
  const each = svg.width / Math.max(columns.length, 1);
  const every = Math.ceil(nameWidth / each);
  columns.forEach(({ name, value }, i) => {
    const width = Math.max(each - 6, 2);
    add(svg, "rect", "column", {
      x: svg.left + i * each + 3, y: y(value), width, height: svg.bottom - y(value), rx: 3,
    });
    if (i % every === 0) write(svg, svg.left + (i + 0.5) * each, svg.bottom + 18, name, "middle");
  });
  const words = columns.filter(({ value }) => value > 0)
    .map(({ name, value }) => `${name}: ${format(value)}`);
  finish(container, svg, words.join(", ") || "No batches");
}

function begin(container) {
  const width = Math.max(container.clientWidth, 160);
  const element = document.createElementNS(namespace, "svg");
  element.setAttribute("viewBox", `0 0 ${width} ${height}`);
  element.setAttribute("role", "img");
  return {
    element, left: frame.left, right: width - frame.right, top: frame.top,
    bottom: height - frame.bottom, width: width - frame.left - frame.right,
    height: height - frame.top - frame.bottom,
  };
}

function finish(container, svg, words) {
  svg.element.setAttribute("aria-label", words);
  container.replaceChildren(svg.element);
}

function add({ element }, tag, className, attributes) {
  const child = document.createElementNS(namespace, tag);
  child.setAttribute("class", className);
  for (const [name, value] of Object.entries(attributes)) child.setAttribute(name, value);
  element.append(child);
  return child;
}

function write(svg, x, y, text, anchor = "start") {
  add(svg, "text", "", { x, y, "text-anchor": anchor }).textContent = text;
}

function drawGrid(svg, scale, y, format) {
  for (const mark of scale.marks) {
    add(svg, "line", "grid", { x1: svg.left, x2: svg.right, y1: y(mark), y2: y(mark) });
    write(svg, svg.right + 10, y(mark) + 4, format(mark));
  }
}

/** Pieces of a line without gaps. */
function runs(points) {
  const pieces = [[]];
  for (const point of points) {
    if (point) pieces.at(-1).push(point);
    else if (pieces.at(-1).length > 0) pieces.push([]);
  }
  return pieces.filter((piece) => piece.length > 0);
}

function linearScale(values) {
  const most = roundUp(Math.max(...values, 0) || 1);
  return { marks: [0, most / 2, most], place: (value) => value / most };
}

/** Whole decades around the values; they are positive. */
function logScale(values) {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...positive, 1e-3)));
  const high = Math.max(Math.ceil(Math.log10(Math.max(...positive, 1e-3))), low + 1);
  const every = Math.ceil((high - low) / 3);
  const marks = [];
  for (let power = low; power <= high; power += every) marks.push(10 ** power);
  return {
    marks,
    place: (value) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low),
  };
}

/** The next of 1, 2, 4, 5, 10, 20, … */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((factor) => factor * power).find((step) => step >= value * 0.9999);
}
