// What the server answered, as one reads it: the number, its certainty, ten bars, the time.
import { duration, percent } from "./format.js";

const byId = (id) => document.getElementById(id);

/** Shows one answer at a time; `chosen` is the digit of a number whose bars are shown. */
export class AnswerView {
  #bars = [];
  #answer = null;
  #chosen = 0;

  constructor(labels = [..."0123456789"]) {
    byId("bars").replaceChildren(...labels.map((label) => this.#makeBar(label)));
    byId("digits").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      this.#chosen = Number(button.dataset.index);
      this.#showDigits();
    });
  }

  /** The answer last shown in words, for those who do not see it. */
  get words() {
    const { predictions, text } = this.#answer ?? {};
    if (!predictions?.length) return byId("certainty").textContent;
    return predictions.length > 1 ? `Read as ${text}.`
      : `Read as ${text}, ${byId("certainty").textContent}.`;
  }

  showNothing(words = "Nothing drawn yet") {
    this.#answer = null;
    byId("text").textContent = "";
    byId("certainty").textContent = words;
    byId("seen").hidden = byId("digits").hidden = true;
    byId("answer").classList.add("empty");
    this.#showBars(null);
    this.#showTiming(null);
  }

  /** Leaves the last answer as it is and says what is wrong. */
  showProblem(words) { byId("certainty").textContent = words; }

  /** `fallbackPixels` are what the network saw where the answer does not say it. */
  show(answer, fallbackPixels = null) {
    if (answer.predictions.length === 0) {
      const reason = answer.reason || "no digit found";
      this.showNothing(reason[0].toUpperCase() + reason.slice(1));
      this.#showTiming(answer);
      return;
    }
    const count = answer.predictions.length;
    // While a number grows, its newest digit is shown.
    if (count !== this.#answer?.predictions.length) this.#chosen = count - 1;
    this.#answer = { ...answer, fallbackPixels };
    byId("answer").classList.remove("empty");
    const text = byId("text");
    text.textContent = answer.text ?? answer.predictions.map(({ label }) => label).join("");
    text.dataset.length = Math.min(text.textContent.length, 9);
    this.#showDigits();
    this.#showTiming(answer);
  }

  #showDigits() {
    const { predictions, fallbackPixels } = this.#answer;
    const chosen = predictions[this.#chosen];
    const group = byId("digits");
    group.hidden = predictions.length < 2;
    while (group.children.length > predictions.length) group.lastChild.remove();
    while (group.children.length < predictions.length) group.append(makeDigit());
    predictions.forEach(({ label, probability }, index) => {
      const button = group.children[index];
      button.dataset.index = index;
      button.setAttribute("aria-pressed", index === this.#chosen);
      button.firstChild.textContent = label;
      button.lastChild.textContent = percent(probability);
    });
    const [, second] = ranked(chosen.probabilities);
    const name = predictions.length > 1 ? `${chosen.label} with ` : "";
    byId("certainty").textContent = `${chosen.not_a_digit ? "Not a digit? " : ""}`
      + `${name}${percent(chosen.probability)}, `
      + `then ${second.label} with ${percent(second.probability)}`;
    this.#showBars(chosen.probabilities);
    showPixels(chosen.pixels ? fromBase64(chosen.pixels) : fallbackPixels);
  }

  #makeBar(label) {
    const [row, name, track, fill, value] =
      ["li", "span", "span", "span", "span"].map((tag) => document.createElement(tag));
    name.className = "label";
    track.className = "track";
    fill.className = "fill";
    value.className = "value";
    name.textContent = label;
    track.append(fill);
    row.append(name, track, value);
    this.#bars.push({ row, fill, value });
    return row;
  }

  #showBars(probabilities) {
    const most = probabilities ? Math.max(...probabilities) : 1;
    this.#bars.forEach(({ row, fill, value }, digit) => {
      const share = probabilities?.[digit] ?? 0;
      row.classList.toggle("most", probabilities !== null && share === most);
      fill.style.setProperty("--share", share);
      value.textContent = probabilities ? shortPercent(share) : "";
    });
  }

  #showTiming(answer) {
    const lane = byId("lane"), list = byId("parts");
    byId("timing").hidden = !answer?.timing;
    if (!answer?.timing) return;
    const parts = timeParts(answer);
    byId("round-trip").textContent = duration(answer.roundTripMicroseconds);
    for (const container of [lane, list]) {
      if (container.children.length !== parts.length) {
        container.replaceChildren(...parts.map(() => makePart(container)));
      }
    }
    parts.forEach(({ name, microseconds }, index) => {
      lane.children[index].style.setProperty("--time", Math.max(microseconds, 1));
      list.children[index].className = name.toLowerCase();
      list.children[index].firstChild.textContent = name;
      list.children[index].lastChild.textContent = duration(microseconds);
    });
  }
}

/** Where a round trip's time went, in microseconds; the picture's is what the
 * server took beside queue and compute. */
export function timeParts({ timing, roundTripMicroseconds }) {
  const { queue_us: queue, compute_us: compute, total_us: whole } = timing;
  const reading = Math.max(0, whole - queue - compute);
  return [
    { name: "Network", microseconds: Math.max(0, roundTripMicroseconds - whole) },
    { name: "Picture", microseconds: reading },
    { name: "Queue", microseconds: queue },
    { name: "Compute", microseconds: compute },
  ];
}

/** Labels by probability, the highest first. */
export function ranked(probabilities) {
  return probabilities
    .map((probability, index) => ({ label: String(index), probability }))
    .sort((a, b) => b.probability - a.probability);
}

/** Most bars are next to nothing, and nine of them saying so are a nuisance. */
function shortPercent(share) { return share < 0.0005 ? "0\u202f%" : percent(share); }

function makePart(container) {
  if (container.localName !== "dl") return document.createElement("span");
  const part = document.createElement("div");
  part.append(document.createElement("dt"), document.createElement("dd"));
  return part;
}

function makeDigit() {
  const button = document.createElement("button");
  button.append(document.createElement("b"), document.createElement("span"));
  return button;
}

function showPixels(pixels) {
  byId("seen").hidden = !pixels;
  if (!pixels) return;
  const context = byId("seen-canvas").getContext("2d");
  const image = context.createImageData(28, 28);
  for (let i = 0; i < 784; i += 1) {
    image.data.set([pixels[i], pixels[i], pixels[i], 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

function fromBase64(text) { return Uint8Array.from(atob(text), (mark) => mark.charCodeAt(0)); }
