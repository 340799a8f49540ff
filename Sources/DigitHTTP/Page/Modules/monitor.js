// The second tab: the server's metrics, read once a second while one looks at them.
import { columnChart, lineChart } from "./chart.js";
import { count, duration, percent, rate } from "./format.js";
import { capacity, History } from "./history.js";
import { parseMetrics } from "./metrics.js";

const byId = (id) => document.getElementById(id);
const periodMilliseconds = 1000;

export class Monitor {
  #server;
  #history = new History();
  #timer = null;
  #isShown = false;
  #isPaused = false;
  #rows = new Map();

  constructor(server) {
    this.#server = server;
    document.addEventListener("visibilitychange", () => this.#schedule(0));
    byId("pause").addEventListener("click", () => {
      this.#isPaused = !this.#isPaused;
      byId("pause").setAttribute("aria-pressed", this.#isPaused);
      this.#schedule(0);
    });
  }

  set isShown(isShown) {
    this.#isShown = isShown;
    this.#schedule(0);
  }

  #schedule(milliseconds) {
    clearTimeout(this.#timer);
    if (!this.#isShown || this.#isPaused || document.hidden) return;
    this.#timer = setTimeout(() => this.#read(), milliseconds);
  }

  async #read() {
    const began = performance.now();
    try {
      const text = await this.#server.metrics();
      this.#history.add(performance.now(), parseMetrics(text));
      byId("view-server").classList.remove("stale");
      if (this.#history.hasFigures) this.#show();
    } catch {
      byId("view-server").classList.add("stale");
    }
    this.#schedule(Math.max(0, periodMilliseconds - (performance.now() - began)));
  }

  #show() {
    const figures = this.#history.figures();
    this.#showTiles(figures);
    this.#showCharts(figures);
    this.#showModels();
  }

  #showTiles(figures) {
    const list = byId("tiles");
    const tiles = [
      ["Requests/s", rate(figures.requestRate)],
      ["Images/s", rate(figures.imageRate)],
      ["Median latency", seconds(figures.p50)],
      ["90th percentile", seconds(figures.p90)],
      ["99th percentile", seconds(figures.p99)],
      ["Images a batch", figures.meanBatch === null ? "–" : figures.meanBatch.toFixed(1)],
      ["In flight", count(figures.inFlight)],
      ["Connections", count(figures.connections)],
    ];
    if (list.children.length === 0) {
      list.append(...tiles.map(([name]) => {
        const tile = document.createElement("div");
        tile.append(document.createElement("dt"), document.createElement("dd"));
        tile.firstChild.textContent = name;
        return tile;
      }));
    }
    tiles.forEach(([, value], index) => { list.children[index].lastChild.textContent = value; });
  }

  #showCharts({ batch }) {
    const { points } = this.#history;
    const time = { capacity, secondsEach: periodMilliseconds / 1000 };
    const series = (name, key = name) => ({ name, values: points.map((point) => point[key]) });
    lineChart(byId("chart-rate"), { ...time, series: [series("rate")], format: rate });
    lineChart(byId("chart-latency"), {
      ...time, series: [series("p50"), series("p99")], format: seconds, isLog: true,
    });
    lineChart(byId("chart-queue"), { ...time, series: [series("queued")], format: count });
    const whole = batch.counts.reduce((sum, value) => sum + value, 0) || 1;
    const columns = batch.bounds.map((bound, index) => ({
      name: batchName(batch.bounds, index), value: batch.counts[index] / whole,
    }));
    // What no batch can have is left out.
    columnChart(byId("chart-batches"), {
      columns: columns.filter(({ value }, i) => batch.bounds[i] !== Infinity || value > 0),
      format: (share) => percent(share).replace(".0", ""),
    });
  }

  #showModels() {
    const body = byId("traffic").tBodies[0];
    for (const model of this.#history.models) {
      if (!this.#rows.has(model)) this.#rows.set(model, makeRow(body, model));
      const figures = this.#history.figures({ model });
      const values = [
        rate(figures.requestRate), rate(figures.imageRate), seconds(figures.p50),
        seconds(figures.p99), seconds(figures.queueP99), seconds(figures.computeP50),
      ];
      values.forEach((value, i) => { this.#rows.get(model)[i].textContent = value; });
    }
  }
}

function seconds(value) { return value === null ? "–" : duration(1e6 * value); }

/** "1", "2", "≤4": the sizes that a bucket holds. */
function batchName(bounds, index) {
  if (bounds[index] === Infinity) return "more";
  const isOne = index === 0 ? bounds[0] === 1 : bounds[index] - bounds[index - 1] === 1;
  return isOne ? String(bounds[index]) : `≤${bounds[index]}`;
}

function makeRow(body, model) {
  const row = body.insertRow();
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = model;
  row.append(name);
  return ["", " wide", "", "", " wide", " wide"].map((kind) => {
    const cell = row.insertCell();
    cell.className = `number${kind}`;
    return cell;
  });
}
