// A drawing in a link: strokes as bytes, and these in base64url after "#d=".
//
//   version 1 │ for each stroke: width, pressed 0 or 1, point count, then for each point
//             │ x and y as differences from the last point in halves of the sheet's units,
//             │ zigzag, and with pressed the pressure from 0 to 255
//
// All numbers are unsigned LEB128. Whatever does not fit exactly is no drawing.
import { pointStride, sheet } from "./drawing.js";

const version = 1;
const unitsToPixel = 2;
const limits = { characters: 6_000, strokes: 200, points: 4_000, width: 80 };

/** The fragment of a drawing, without "#"; null where it would be longer than a link should be. */
export function encodeFragment(strokes) {
  if (strokes.length === 0) return "";
  for (const tolerance of [0.75, 1.5, 3]) {
    const bytes = [version];
    for (const stroke of strokes) writeStroke(bytes, stroke, simplified(stroke, tolerance));
    if (4 * bytes.length > 3 * limits.characters) continue;
    const text = toBase64(bytes);
    if (decodeFragment(`d=${text}`)) return `d=${text}`;
  }
  return null;
}

/** The strokes in a fragment; null where it holds none, or anything else. */
export function decodeFragment(fragment) {
  const text = fragment.replace(/^#/, "").match(/^d=([A-Za-z0-9_-]+)$/)?.[1];
  if (!text || text.length > limits.characters) return null;
  try {
    return readStrokes(new Reader(fromBase64(text)));
  } catch {
    return null;
  }
}

function writeStroke(bytes, stroke, points) {
  const isPressed = points.some(([, , pressure]) => Math.abs(pressure - 0.5) > 0.01);
  write(bytes, Math.round(stroke.width));
  write(bytes, isPressed ? 1 : 0);
  write(bytes, points.length);
  let [lastX, lastY] = [0, 0];
  for (const [x, y, pressure] of points) {
    const gridX = toGrid(x, sheet.width), gridY = toGrid(y, sheet.height);
    write(bytes, zigzag(gridX - lastX));
    write(bytes, zigzag(gridY - lastY));
    if (isPressed) write(bytes, Math.round(pressure * 255));
    [lastX, lastY] = [gridX, gridY];
  }
}

function readStrokes(reader) {
  if (reader.next() !== version) return null;
  const strokes = [];
  let pointCount = 0;
  while (!reader.isAtEnd) {
    const width = reader.next(), pressed = reader.next(), count = reader.next();
    pointCount += count;
    const isFine = width >= 1 && width <= limits.width && pressed <= 1 && count >= 1
      && pointCount <= limits.points && strokes.length < limits.strokes;
    if (!isFine) return null;
    const points = readPoints(reader, count, pressed === 1);
    if (!points) return null;
    strokes.push({ kind: "stroke", width, points });
  }
  return strokes.length > 0 ? strokes : null;
}

function readPoints(reader, count, isPressed) {
  const points = [];
  let [x, y] = [0, 0];
  for (let i = 0; i < count; i += 1) {
    x += unzigzag(reader.next());
    y += unzigzag(reader.next());
    const pressure = isPressed ? reader.next() / 255 : 0.5;
    const isOnSheet = x >= 0 && x <= sheet.width * unitsToPixel && y >= 0
      && y <= sheet.height * unitsToPixel && pressure <= 1;
    if (!isOnSheet) return null;
    points.push(x / unitsToPixel, y / unitsToPixel, pressure);
  }
  return points;
}

function toGrid(value, max) {
  return Math.round(Math.min(Math.max(value, 0), max) * unitsToPixel);
}

/** Points without which the line stays within the tolerance (Ramer, Douglas and Peucker). */
function simplified(stroke, tolerance) {
  const points = [];
  for (let i = 0; i < stroke.points.length; i += pointStride) {
    points.push(stroke.points.slice(i, i + pointStride));
  }
  const isKept = new Uint8Array(points.length);
  isKept[0] = isKept[points.length - 1] = 1;
  const spans = [[0, points.length - 1]];
  while (spans.length > 0) {
    const [first, last] = spans.pop();
    const [far, distance] = farthest(points, first, last);
    if (distance <= tolerance) continue;
    isKept[far] = 1;
    spans.push([first, far], [far, last]);
  }
  return points.filter((_, index) => isKept[index]);
}

function farthest(points, first, last) {
  const [x0, y0] = points[first], [x1, y1] = points[last];
  const length = Math.hypot(x1 - x0, y1 - y0);
  let [index, most] = [first, 0];
  for (let i = first + 1; i < last; i += 1) {
    const [x, y] = points[i];
    const distance = length === 0
      ? Math.hypot(x - x0, y - y0)
      : Math.abs((x1 - x0) * (y0 - y) - (x0 - x) * (y1 - y0)) / length;
    if (distance > most) [index, most] = [i, distance];
  }
  return [index, most];
}

function zigzag(value) { return value < 0 ? -2 * value - 1 : 2 * value; }
function unzigzag(value) { return value % 2 === 1 ? -(value + 1) / 2 : value / 2; }

function write(bytes, value) {
  while (value >= 128) {
    bytes.push((value % 128) + 128);
    value = Math.floor(value / 128);
  }
  bytes.push(value);
}

/** Numbers of at most three bytes; reading on behind the end throws. */
class Reader {
  #bytes;
  #at = 0;
  constructor(bytes) { this.#bytes = bytes; }
  get isAtEnd() { return this.#at === this.#bytes.length; }
  next() {
    let value = 0;
    for (let shift = 0; shift <= 14; shift += 7) {
      if (this.isAtEnd) throw new RangeError("the drawing ends within a number");
      const byte = this.#bytes[this.#at];
      this.#at += 1;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new RangeError("a number of the drawing is too large");
  }
}

function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
