// From items to pixels: on the screen, and in grey for the server.
import { pointStride, sheet } from "./drawing.js";

/** What a picture for the server has at most, and the ground around its ink, in pixels. */
const strokesMax = { width: 320, height: 160 };
const pictureSideMax = 1024;
const margin = 24;

/** Half as wide at no pressure as at the pressure of a mouse (0.5), and half again at full. */
function widthAt(stroke, pressure) { return stroke.width * (0.5 + pressure); }

/** Paints items in the sheet's units, in the colour of `ink`. */
export function paint(context, items, ink) {
  context.lineCap = "round";
  context.lineJoin = "round";
  context.strokeStyle = ink;
  context.fillStyle = ink;
  for (const item of items) {
    switch (item.kind) {
      case "stroke": paintStroke(context, item); break;
      case "picture": {
        const { x, y, width, height } = pictureFrame(item);
        context.drawImage(item.image, x, y, width, height);
        break;
      }
      case "pixels": paintPixels(context, item.pixels, ink); break;
    }
  }
}

/** Curves through the middles of a stroke's points, each as wide as the pen was pressed. */
function paintStroke(context, stroke) {
  const { points } = stroke;
  if (points.length === pointStride) {
    context.beginPath();
    context.arc(points[0], points[1], widthAt(stroke, points[2]) / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  let [fromX, fromY] = points;
  for (let i = pointStride; i < points.length; i += pointStride) {
    const [x, y, pressure] = [points[i], points[i + 1], points[i + 2]];
    const isLast = i + pointStride === points.length;
    const toX = isLast ? x : (points[i - 3] + x) / 2;
    const toY = isLast ? y : (points[i - 2] + y) / 2;
    context.lineWidth = widthAt(stroke, (points[i - 1] + pressure) / 2);
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.quadraticCurveTo(points[i - 3], points[i - 2], toX, toY);
    context.stroke();
    [fromX, fromY] = [toX, toY];
  }
}

/** Where a picture lies: whole, in the middle of the sheet. */
export function pictureFrame({ width, height }) {
  const scale = Math.min(sheet.width / width, sheet.height / height);
  return {
    x: (sheet.width - width * scale) / 2,
    y: (sheet.height - height * scale) / 2,
    width: width * scale,
    height: height * scale,
  };
}

/** Where a test digit lies: its 28 × 28 pixels as a square in the middle of the sheet. */
const pixelsFrame = { x: 120, y: 40, side: 400 };

function paintPixels(context, pixels, ink) {
  const small = alphaCanvas(pixels, ink);
  context.imageSmoothingQuality = "high";
  context.drawImage(small, pixelsFrame.x, pixelsFrame.y, pixelsFrame.side, pixelsFrame.side);
}

/** 28 × 28 pixels as ink of one colour, the more opaque the more ink. */
export function alphaCanvas(pixels, ink) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 28;
  const context = canvas.getContext("2d");
  context.fillStyle = ink;
  context.fillRect(0, 0, 28, 28);
  const image = context.getImageData(0, 0, 28, 28);
  for (let i = 0; i < 784; i += 1) image.data[4 * i + 3] = pixels[i];
  context.putImageData(image, 0, 0);
  return canvas;
}

/** The rectangle of the sheet that holds all ink, in the sheet's units; null where none is. */
export function inkBounds(items) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const include = (x0, y0, x1, y1) => {
    left = Math.min(left, x0);
    top = Math.min(top, y0);
    right = Math.max(right, x1);
    bottom = Math.max(bottom, y1);
  };
  for (const item of items) {
    if (item.kind === "picture") {
      const { x, y, width, height } = pictureFrame(item);
      include(x, y, x + width, y + height);
    } else if (item.kind === "pixels") {
      const { x, y, side } = pixelsFrame;
      include(x, y, x + side, y + side);
    } else {
      for (let i = 0; i < item.points.length; i += pointStride) {
        const [x, y, pressure] = item.points.slice(i, i + pointStride);
        const reach = widthAt(item, pressure) / 2;
        include(x - reach, y - reach, x + reach, y + reach);
      }
    }
  }
  return left <= right ? { left, top, right, bottom } : null;
}

let scratch = null;

/**
 * Ink in black on white, cut to where it is: `{ width, height, gray, x, y, scale }` with a byte a
 * pixel, the sheet's place of its first pixel, and pixels to a unit of the sheet. Cutting keeps
 * small writing large and requests small. Null where nothing is drawn.
 */
export function grayscale(items) {
  const bounds = inkBounds(items);
  if (!bounds) return null;
  const picture = items.findLast((item) => item.kind === "picture");
  const width = bounds.right - bounds.left, height = bounds.bottom - bounds.top;
  const scale = picture
    ? Math.min(
        picture.width / pictureFrame(picture).width,
        pictureSideMax / Math.max(width, height))
    : Math.min(1, strokesMax.width / width, strokesMax.height / height);
  // A picture has its own ground, and white beside it would be an edge.
  const isWhole = picture && items.length === 1;
  const edge = isWhole ? 0 : margin / scale;
  const columns = Math.max(1, Math.round((width + 2 * edge) * scale));
  const rows = Math.max(1, Math.round((height + 2 * edge) * scale));
  const [x, y] = [bounds.left - edge, bounds.top - edge];
  scratch ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  scratch.canvas.width = columns;
  scratch.canvas.height = rows;
  scratch.fillStyle = "#fff";
  scratch.fillRect(0, 0, columns, rows);
  scratch.setTransform(scale, 0, 0, scale, -x * scale, -y * scale);
  paint(scratch, items, "#000");
  const { data } = scratch.getImageData(0, 0, columns, rows);
  const gray = new Uint8Array(columns * rows);
  for (let i = 0; i < gray.length; i += 1) {
    gray[i] = (299 * data[4 * i] + 587 * data[4 * i + 1] + 114 * data[4 * i + 2] + 500) / 1000;
  }
  return { width: columns, height: rows, gray, x, y, scale };
}
