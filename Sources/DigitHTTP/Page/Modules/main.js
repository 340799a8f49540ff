// The page: what is drawn is asked about, and what is answered is shown.
import { AnswerView } from "./answer.js";
import { Drawing, sheet as sheetSize } from "./drawing.js";
import { decodeFragment, encodeFragment } from "./fragment.js";
import { listenToShortcuts } from "./keys.js";
import { Latest } from "./latest.js";
import { Comparison, ModelChooser } from "./models.js";
import { encodePGM } from "./pgm.js";
import { grayscale, paint } from "./raster.js";
import { Server } from "./server.js";
import { Sheet } from "./sheet.js";
import { setUpTabs } from "./tabs.js";

const byId = (id) => document.getElementById(id);
/** After so long without a change, a drawing is compared by all models and spoken of. */
const pauseMilliseconds = 400;
/** Browsers refuse an address that changes too often, as while a key for undo repeats. */
const addressMilliseconds = 300;

const server = new Server();
const drawing = new Drawing();
const sheet = new Sheet(byId("canvas"), drawing);
const view = new AnswerView();
const chooser = new ModelChooser();
const comparison = new Comparison();

/** What the drawing is to the server: a test digit as its own pixels, all else as a picture. */
function question() {
  const { items } = drawing;
  if (items.length === 1 && items[0].kind === "pixels") {
    return { body: { type: "application/octet-stream", bytes: items[0].pixels }, items };
  }
  const picture = grayscale(items);
  const body = { type: "image/x-portable-graymap", bytes: encodePGM(picture) };
  return { body, picture, items };
}

async function ask({ body, picture, items }, model, signal) {
  const answer = await server.predict(body, { model, many: Boolean(picture), signal });
  // A photograph may be too cluttered to be read as a row of digits, and still show one.
  if (answer.predictions.length > 0 || !items.some(({ kind }) => kind === "picture")) return answer;
  return server.predict(body, { model, signal });
}

const reader = new Latest({
  ask: (asked, signal) => ask(asked, chooser.name, signal),
  answered: (answer, { picture, items }) => {
    view.show(answer, picture ? null : items[0].pixels);
    sheet.boxes = answer.predictions.length > 1 ? framed(answer.predictions, picture) : [];
    schedulePause();
  },
  failed: (error) => {
    view.showProblem(error.message);
    // A server that was away for a moment is asked again.
    if (error.status === 0) pause = setTimeout(() => { if (reader.isIdle) changed(); }, 2000);
  },
});

/** Boxes from the pixels of the picture that was sent to the sheet's units. */
function framed(predictions, { x, y, scale }) {
  return predictions.filter(({ box }) => box).map(({ box }) => ({
    x: x + box.x / scale, y: y + box.y / scale,
    width: box.width / scale, height: box.height / scale,
  }));
}

let pause = null;

function schedulePause() {
  clearTimeout(pause);
  pause = setTimeout(() => {
    if (!reader.isIdle) return;
    byId("spoken").textContent = drawing.isEmpty ? "Nothing drawn" : view.words;
    if (drawing.isEmpty) return;
    const asked = question();
    comparison.run((model, signal) => ask(asked, model, signal));
  }, pauseMilliseconds);
}

/** The drawing is another: the server is asked, and buttons tell what one can do. */
function changed() {
  byId("undo").disabled = !drawing.canUndo;
  byId("redo").disabled = !drawing.canRedo;
  for (const id of ["clear", "save", "share"]) byId(id).disabled = drawing.isEmpty;
  byId("hint").hidden = !drawing.isEmpty;
  byId("notice").textContent = truth();
  sheet.repaint();
  if (drawing.isEmpty) {
    reader.cancel();
    comparison.clear();
    sheet.boxes = [];
    view.showNothing();
    schedulePause();
  } else {
    comparison.stop();
    reader.put(question());
  }
}

/** What a test digit really is, where one is shown. */
function truth() {
  const { items: [item] } = drawing;
  if (item?.kind !== "pixels") return "";
  return `MNIST test image ${item.index}. The truth is ${item.truth}.`;
}

/** As `changed`, once a frame at most: pens tell of themselves more often. */
let isChanging = false;
function changing() {
  if (isChanging) return;
  isChanging = true;
  requestAnimationFrame(() => {
    isChanging = false;
    changed();
  });
}

/** A drawing that is done, for now. Its link goes into the address: it survives a reload. */
function settled() {
  changed();
  clearTimeout(addressing);
  addressing = setTimeout(writeAddress, addressMilliseconds);
}

let addressing = null;

function writeAddress() {
  const fragment = drawing.hasOnlyStrokes ? encodeFragment(drawing.strokes) : "";
  history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname);
}

const actions = {
  undo: () => { sheet.rest(); drawing.undo(); settled(); },
  redo: () => { sheet.rest(); drawing.redo(); settled(); },
  clear: () => { sheet.rest(); drawing.clear(); settled(); },
  thinner: () => setWidth(sheet.strokeWidth - 4),
  thicker: () => setWidth(sheet.strokeWidth + 4),
  open: () => byId("open").click(),
  save: () => { if (!drawing.isEmpty) save(); },
  share: () => share(),
  keys: () => byId("shortcuts").showModal(),
  help: () => byId("shortcuts").showModal(),
};

/** Instead of what is drawn; undo brings that back. */
function show(item) {
  sheet.rest();
  drawing.show([item]);
  settled();
}

function setWidth(width) {
  byId("width").value = width;
  sheet.strokeWidth = Number(byId("width").value);
  sheet.repaint();
}

/** In black on white at twice the sheet's size, whatever the page's colours are. */
async function save() {
  const canvas = new OffscreenCanvas(2 * sheetSize.width, 2 * sheetSize.height);
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, sheetSize.width, sheetSize.height);
  paint(context, drawing.items, "#000");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await canvas.convertToBlob({ type: "image/png" }));
  link.download = "digits.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function share() {
  const notice = byId("notice");
  if (!drawing.hasOnlyStrokes) {
    notice.textContent = "A link carries what is drawn; pictures are too large for it.";
  } else if (!encodeFragment(drawing.strokes)) {
    notice.textContent = "This drawing is too long for a link.";
  } else {
    writeAddress();
    // Only pages on HTTPS or this machine may write to the clipboard.
    const isCopied = await navigator.clipboard?.writeText(location.href)
      .then(() => true, () => false);
    notice.textContent = isCopied ? "The link is copied." : "The address of this page is the link.";
  }
}

function restore() {
  const strokes = decodeFragment(location.hash);
  if (!strokes) return;
  drawing.show(strokes);
  changed();
}

async function loadModels() {
  try {
    const models = await server.models();
    comparison.models = models;
    chooser.all = models;
    comparison.chosen = chooser.name;
    if (!drawing.isEmpty) changed();
  } catch (error) {
    if (error.status !== 401) view.showProblem(error.message);
  }
}

let monitor = null;

/** Looks at the server while its tab is shown; the modules for that come with the first look. */
async function watch(isShown) {
  if (!isShown && !monitor) return;
  monitor ??= import("./monitor.js").then(({ Monitor }) => new Monitor(server));
  try {
    (await monitor).isShown = isShown;
  } catch {
    monitor = null;
    byId("view-server").classList.add("stale");
  }
}

/** What one does not need to begin to draw is loaded when one can. */
async function loadRest() {
  const [{ acceptPictures }, { fillTray }] =
    await Promise.all([import("./pictures.js"), import("./tray.js")]);
  acceptPictures({ show, refuse: (words) => { byId("notice").textContent = words; } });
  fillTray(show);
}

for (const id of ["undo", "redo", "clear", "save", "share", "keys"]) {
  byId(id).addEventListener("click", actions[id]);
}
listenToShortcuts(byId("canvas"), actions);
byId("width").addEventListener("input", (event) => setWidth(Number(event.target.value)));
sheet.addEventListener("change", changing);
sheet.addEventListener("settle", settled);
sheet.addEventListener("pen", () => {
  byId("spoken").textContent = sheet.isPenDown ? "Pen down" : "Pen up";
});
chooser.addEventListener("change", () => {
  comparison.chosen = chooser.name;
  if (!drawing.isEmpty) changed();
});
addEventListener("hashchange", restore);
server.addEventListener("tokenwanted", () => { byId("token").hidden = false; });
byId("token").addEventListener("submit", (event) => {
  event.preventDefault();
  server.token = byId("token-text").value;
  byId("token").hidden = true;
  loadModels();
});
setUpTabs(document.querySelector("[role=tablist]"), (panel) => watch(panel === "view-server"));
view.showNothing();
setWidth(Number(byId("width").value));
restore();
loadModels();
performance.mark("usable");
loadRest();
