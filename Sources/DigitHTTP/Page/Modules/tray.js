// The strip of test digits that one can try, some of which are misread.
import { alphaCanvas } from "./raster.js";
import { misreadBy, testDigits } from "./test-digits.js";

const pixelCount = 784;

/** Fills the strip, and tells `show(item)` of the digit chosen. */
export async function fillTray(show) {
  const { body, ok } = await fetch("/test-digits.zlib");
  if (!ok) return;
  const inflated = new Response(body.pipeThrough(new DecompressionStream("deflate")));
  const pixels = new Uint8Array(await inflated.arrayBuffer());
  const items = testDigits.map((digit, at) => ({
    ...digit, kind: "pixels", pixels: pixels.slice(at * pixelCount, (at + 1) * pixelCount),
  }));
  const misreadCount = testDigits.filter(({ misreadAs }) => misreadAs !== undefined).length;
  document.getElementById("tray-text").textContent =
    `MNIST test images with their true digit. ${misreadBy} misreads the last ${misreadCount}; `
    + "its answer is struck out.";
  document.getElementById("strip").replaceChildren(
    ...items.map((item) => makeButton(item, () => show(item))));
}

function makeButton(item, chosen) {
  const { truth, misreadAs } = item;
  const button = document.createElement("button");
  const caption = document.createElement("span");
  caption.append(String(truth));
  let name = `Test digit ${truth}`;
  if (misreadAs !== undefined) {
    button.className = "misread";
    const wrong = document.createElement("s");
    wrong.textContent = misreadAs;
    caption.append(" ", wrong);
    name += `, which ${misreadBy} reads as ${misreadAs}`;
  }
  button.setAttribute("aria-label", name);
  button.title = name;
  button.append(alphaCanvas(item.pixels, "#000"), caption);
  button.addEventListener("click", chosen);
  return button;
}
