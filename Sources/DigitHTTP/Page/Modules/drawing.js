// What has been drawn, and its history. Knows no canvas and no document.

/** The sheet's own units: where it is shown larger or smaller, it is scaled. */
export const sheet = { width: 640, height: 480 };

/** Numbers in a stroke's `points` for each point: x, y, and pressure from 0 to 1. */
export const pointStride = 3;

const pointCountMax = 20_000;
const historyMax = 200;

/**
 * A drawing is a list of items, which later ones cover: strokes
 * `{ kind: "stroke", width, points }`, a picture `{ kind: "picture", image, width, height }`, or a
 * test digit `{ kind: "pixels", index, pixels }`.
 *
 * A stroke grows while it is drawn; everything else is replaced, so that undoing is going back to
 * an earlier list.
 */
export class Drawing {
  #past = [];
  #future = [];
  #pointCount = 0;
  items = [];

  get isEmpty() { return this.items.length === 0; }
  get canUndo() { return this.#past.length > 0; }
  get canRedo() { return this.#future.length > 0; }
  get strokes() { return this.items.filter((item) => item.kind === "stroke"); }
  get hasOnlyStrokes() { return this.strokes.length === this.items.length; }

  /** The stroke begun; null where the drawing is full. */
  beginStroke(width, x, y, pressure) {
    if (this.#pointCount >= pointCountMax) return null;
    const stroke = { kind: "stroke", width, points: [x, y, pressure] };
    this.#replace([...this.items, stroke]);
    return stroke;
  }

  /** Whether the point is far enough from the last one to be kept. */
  extend(stroke, x, y, pressure) {
    const { points } = stroke;
    const [lastX, lastY] = points.slice(-pointStride);
    if (Math.hypot(x - lastX, y - lastY) < 1.5 || this.#pointCount >= pointCountMax) return false;
    points.push(x, y, pressure);
    this.#pointCount += 1;
    return true;
  }

  /** A stroke that was interrupted, as by a second finger, was never drawn. */
  dropStroke(stroke) {
    if (this.items.at(-1) !== stroke) return;
    this.#set(this.#past.pop());
  }

  /** Shows other items instead of these; undo brings these back. */
  show(items) { this.#replace(items); }

  clear() { if (!this.isEmpty) this.#replace([]); }

  undo() { this.#step(this.#past, this.#future); }
  redo() { this.#step(this.#future, this.#past); }

  #replace(items) {
    this.#past.push(this.items);
    if (this.#past.length > historyMax) this.#past.shift();
    this.#future = [];
    this.#set(items);
  }

  #step(from, to) {
    if (from.length === 0) return;
    to.push(this.items);
    this.#set(from.pop());
  }

  #set(items) {
    this.items = items;
    this.#pointCount = this.strokes.reduce(
      (sum, stroke) => sum + stroke.points.length / pointStride, 0);
  }
}
