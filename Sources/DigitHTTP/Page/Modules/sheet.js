// The canvas: pointers, fingers, pens and keys become strokes of a drawing.
import { sheet } from "./drawing.js";
import { paint } from "./raster.js";

/** How the arrow keys move the pen, and Home, End, Page Up and Page Down diagonally. */
const steps = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1],
};
const stepUnits = 16;
const fineStepUnits = 4;

/**
 * Shows a drawing and lets one draw. Tells `change` while one draws and `settle` at a stroke's
 * end; `pen` when the keyboard's pen is put down or taken up.
 */
export class Sheet extends EventTarget {
  #canvas; #drawing; #context;
  #pointer = null;
  /** The keyboard's pen: where it is, and the stroke it draws while it is down. */
  #pen = { x: sheet.width / 2, y: sheet.height / 4, isShown: false, stroke: null };
  #held = new Set();
  #boxes = [];
  #isPainting = false;
  strokeWidth = 26;

  constructor(canvas, drawing) {
    super();
    this.#canvas = canvas;
    this.#drawing = drawing;
    this.#context = canvas.getContext("2d");
    this.#listenToPointers();
    this.#listenToKeys();
    new ResizeObserver(() => this.#fit()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint());
  }

  /** Frames around what was read: `{ x, y, width, height, label }` in the sheet's units. */
  set boxes(boxes) {
    this.#boxes = boxes;
    this.repaint();
  }

  get isPenDown() { return this.#pen.stroke !== null; }

  /** Takes up the keyboard's pen and ends a stroke under way, before something else is shown. */
  rest() {
    this.#pointer = null;
    if (this.isPenDown) this.#togglePen();
  }

  repaint() {
    if (this.#isPainting) return;
    this.#isPainting = true;
    requestAnimationFrame(() => {
      this.#isPainting = false;
      this.#paint();
    });
  }

  #fit() {
    const { width, height } = this.#canvas.getBoundingClientRect();
    if (width === 0) return;
    this.#canvas.width = Math.round(width * devicePixelRatio);
    this.#canvas.height = Math.round(height * devicePixelRatio);
    this.#paint();
  }

  #paint() {
    const { width, height } = this.#canvas;
    const context = this.#context;
    const style = getComputedStyle(this.#canvas);
    const accent = style.getPropertyValue("--accent");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.setTransform(width / sheet.width, 0, 0, height / sheet.height, 0, 0);
    paint(context, this.#drawing.items, style.getPropertyValue("--ink"));
    for (const box of this.#boxes) this.#paintBox(box, accent);
    if (this.#pen.isShown) this.#paintPen(accent);
  }

  #paintBox({ x, y, width, height }, accent) {
    const context = this.#context;
    const room = 14;
    context.strokeStyle = accent;
    context.globalAlpha = 0.5;
    context.lineWidth = 1.5 * sheet.width / this.#canvas.clientWidth;
    context.beginPath();
    context.roundRect(x - room, y - room, width + 2 * room, height + 2 * room, room);
    context.stroke();
    context.globalAlpha = 1;
  }

  #paintPen(accent) {
    const { x, y } = this.#pen;
    const context = this.#context;
    const radius = this.strokeWidth / 2;
    context.strokeStyle = context.fillStyle = accent;
    context.lineWidth = 3;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context[this.isPenDown ? "fill" : "stroke"]();
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + dx * (radius + 5), y + dy * (radius + 5));
      context.lineTo(x + dx * (radius + 13), y + dy * (radius + 13));
    }
    context.stroke();
  }

  #listenToPointers() {
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => this.#pointerDown(event));
    canvas.addEventListener("pointermove", (event) => this.#pointerMove(event));
    canvas.addEventListener("pointerup", (event) => this.#pointerEnd(event, true));
    canvas.addEventListener("pointercancel", (event) => this.#pointerEnd(event, false));
    canvas.addEventListener("contextmenu", (event) => {
      if (this.#pointer) event.preventDefault();
    });
  }

  #pointerDown(event) {
    // One pointer draws; further fingers, and a palm beside a pen, do not.
    if (this.#pointer || event.button !== 0) return;
    this.rest();
    this.#pen.isShown = false;
    this.#canvas.setPointerCapture(event.pointerId);
    const stroke = this.#drawing.beginStroke(this.strokeWidth, ...this.#place(event));
    if (!stroke) return;
    this.#pointer = { id: event.pointerId, stroke };
    this.#changed("change");
  }

  #pointerMove(event) {
    if (event.pointerId !== this.#pointer?.id) return;
    const coalesced = event.getCoalescedEvents?.() ?? [];
    for (const each of coalesced.length > 0 ? coalesced : [event]) {
      this.#drawing.extend(this.#pointer.stroke, ...this.#place(each));
    }
    this.#changed("change");
  }

  #pointerEnd(event, isWhole) {
    if (event.pointerId !== this.#pointer?.id) return;
    if (!isWhole) this.#drawing.dropStroke(this.#pointer.stroke);
    this.#pointer = null;
    this.#changed("settle");
  }

  /** Where a pointer is on the sheet, and how hard it is pressed: mice and most fingers 0.5. */
  #place(event) {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const x = ((event.clientX - left) / width) * sheet.width;
    const y = ((event.clientY - top) / height) * sheet.height;
    const isPressed = event.pointerType !== "mouse" && event.pressure > 0 && event.pressure < 1;
    return [within(x, sheet.width), within(y, sheet.height), isPressed ? event.pressure : 0.5];
  }

  #listenToKeys() {
    const canvas = this.#canvas;
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key in steps) {
        this.#held.add(event.key);
        this.#movePen(event.shiftKey ? fineStepUnits : stepUnits);
      } else if (event.key === " " || event.key === "Enter") {
        if (!event.repeat) this.#togglePen();
      } else {
        return;
      }
      event.preventDefault();
    });
    canvas.addEventListener("keyup", (event) => this.#held.delete(event.key));
    canvas.addEventListener("focus", () => {
      this.#pen.isShown = canvas.matches(":focus-visible") && this.#pointer === null;
      this.repaint();
    });
    canvas.addEventListener("blur", () => {
      this.#held.clear();
      this.rest();
      this.#pen.isShown = false;
      this.repaint();
    });
  }

  /** By all the keys that are held: two of them move diagonally. */
  #movePen(units) {
    const pen = this.#pen;
    for (const key of this.#held) {
      pen.x = within(pen.x + steps[key][0] * units, sheet.width);
      pen.y = within(pen.y + steps[key][1] * units, sheet.height);
    }
    pen.isShown = true;
    if (pen.stroke) {
      this.#drawing.extend(pen.stroke, pen.x, pen.y, 0.5);
      this.#changed("change");
    }
    this.repaint();
  }

  #togglePen() {
    const pen = this.#pen;
    pen.isShown = true;
    if (pen.stroke) {
      pen.stroke = null;
      this.#changed("settle");
    } else {
      pen.stroke = this.#drawing.beginStroke(this.strokeWidth, pen.x, pen.y, 0.5);
      this.#changed("change");
    }
    this.dispatchEvent(new Event("pen"));
  }

  #changed(type) {
    this.repaint();
    this.dispatchEvent(new Event(type));
  }
}

function within(value, max) { return Math.min(Math.max(value, 0), max); }
