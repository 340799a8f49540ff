// Which model is asked, what it is, and what all of them read.
import { accuracy, bytes, count, duration, percent } from "./format.js";
import { ranked } from "./answer.js";

const byId = (id) => document.getElementById(id);

/** The chooser; tells `change`. */
export class ModelChooser extends EventTarget {
  #models = [];

  constructor() {
    super();
    byId("model").addEventListener("change", () => {
      this.#showFacts();
      this.dispatchEvent(new Event("change"));
    });
  }

  get all() { return this.#models; }
  get name() { return byId("model").value || undefined; }

  set all(models) {
    const before = this.name;
    this.#models = models;
    byId("model").replaceChildren(...models.map(({ name }) => new Option(name, name)));
    const first = models.find(({ name }) => name === before)
      ?? models.find((model) => model.default) ?? models[0];
    if (first) byId("model").value = first.name;
    this.#showFacts();
  }

  #showFacts() {
    const model = this.#models.find(({ name }) => name === this.name);
    byId("facts").textContent = model ? facts(model).join(" · ") : "";
  }
}

function facts(model) {
  const known = [];
  if (model.accuracy !== undefined) known.push(`${accuracy(model.accuracy)} of test images right`);
  if (model.parameters) known.push(`${count(model.parameters)} parameters`);
  if (model.bytes) known.push(bytes(model.bytes));
  if (model.precision) known.push(model.precision);
  return known;
}

/** The table of all models' readings of one drawing. */
export class Comparison {
  #rows = new Map();
  #controller = null;

  /** A row for each model, without a reading. */
  set models(models) {
    this.#rows = new Map(models.map((model) => [model.name, makeRow(model)]));
    byId("models").tBodies[0].replaceChildren(
      ...[...this.#rows.values()].map(({ row }) => row));
  }

  set chosen(name) {
    for (const [each, { row }] of this.#rows) row.ariaCurrent = each === name ? "true" : null;
  }

  /** Asks no more models; what they have read stays until it is asked again. */
  stop() { this.#controller?.abort(); }

  clear() {
    this.stop();
    for (const row of this.#rows.values()) show(row, null);
  }

  /** Asks one model after another; a later call ends an earlier one. `ask(model, signal)`. */
  async run(ask) {
    this.stop();
    const controller = this.#controller = new AbortController();
    for (const [name, row] of this.#rows) {
      const answer = await ask(name, controller.signal).catch(() => null);
      if (controller.signal.aborted) return;
      show(row, answer);
    }
  }
}

function makeRow(model) {
  const row = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = model.name;
  row.append(name);
  const cells = {};
  for (const [key, kind] of [
    ["reads", "reads"], ["probability", "number"], ["then", "number wide"], ["compute", "number"],
    ["accuracy", "number wide"], ["size", "number wide"],
  ]) {
    cells[key] = row.insertCell();
    cells[key].className = kind;
  }
  cells.accuracy.textContent = model.accuracy === undefined ? "–" : accuracy(model.accuracy);
  cells.size.textContent = model.bytes ? bytes(model.bytes) : "–";
  return { row, cells };
}

function show({ cells }, answer) {
  const predictions = answer?.predictions ?? [];
  const least = predictions.toSorted((a, b) => a.probability - b.probability)[0];
  const then = least && ranked(least.probabilities)[1];
  cells.reads.textContent = predictions.map(({ label }) => label).join("") || "–";
  cells.probability.textContent = least ? percent(least.probability) : "–";
  cells.then.textContent = then ? `${then.label}\u2002${percent(then.probability)}` : "–";
  cells.compute.textContent = answer?.timing ? duration(answer.timing.compute_us) : "–";
}
