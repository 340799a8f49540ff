// Readings of the server's metrics over time, and the figures between two of them.
import {
  difference, histogram, labelValues, quantile, sampleCount, total,
} from "./metrics.js";

export const capacity = 120;
const windowMilliseconds = 10_000;
const gapMilliseconds = 3_000;
const unknown = { rate: null, p50: null, p99: null, queued: null };

const names = {
  requests: "digitd_requests_total", images: "digitd_images_total",
  latency: "digitd_request_duration_seconds", queue: "digitd_queue_duration_seconds",
  compute: "digitd_compute_duration_seconds", batch: "digitd_batch_images",
  queued: "digitd_queued_images", inFlight: "digitd_requests_in_flight",
  connections: "digitd_connections",
};

export class History {
  #readings = [];
  /** For each reading but the first: `{ rate, p50, p99, queued }`. */
  points = [];

  /** `time` in milliseconds. */
  add(time, families) {
    const last = this.#readings.at(-1);
    this.#readings.push({ time, families });
    // Only what the window needs: readings are large.
    while (this.#readings.length > 2 && this.#readings[1].time <= time - windowMilliseconds) {
      this.#readings.shift();
    }
    if (!last) return;
    // While nobody looked, nothing was read.
    if (time - last.time > gapMilliseconds) this.points.push(unknown);
    const answered = rate(last, this.#readings.at(-1), names.requests);
    const { latency } = this.#between({});
    this.points.push({
      rate: answered, p50: quantile(latency, 0.5), p99: quantile(latency, 0.99),
      queued: total(families, names.queued),
    });
    this.points.splice(0, this.points.length - capacity);
  }

  /** Figures of the whole server, or of one model, over the window. */
  figures(labels = {}) {
    const first = this.#readings[0], last = this.#readings.at(-1);
    const { latency, queue, compute, batch } = this.#between(labels);
    const batches = sampleCount(batch);
    return {
      requestRate: rate(first, last, names.requests, labels),
      imageRate: rate(first, last, names.images, labels),
      p50: quantile(latency, 0.5), p90: quantile(latency, 0.9), p99: quantile(latency, 0.99),
      queueP99: quantile(queue, 0.99), computeP50: quantile(compute, 0.5),
      batch, meanBatch: batches > 0 ? batch.sum / batches : null,
      queued: total(last.families, names.queued, labels),
      inFlight: total(last.families, names.inFlight, labels),
      connections: total(last.families, names.connections),
    };
  }

  get hasFigures() { return this.#readings.length >= 2; }
  get models() { return labelValues(this.#readings.at(-1).families, names.requests, "model"); }

  #between(labels) {
    const first = this.#readings[0].families, last = this.#readings.at(-1).families;
    const part = (name) =>
      difference(histogram(last, name, labels), histogram(first, name, labels));
    return {
      latency: part(names.latency), queue: part(names.queue), compute: part(names.compute),
      batch: part(names.batch),
    };
  }
}

/** A counter's growth a second; after a restart, what it has counted since. */
function rate(earlier, later, name, labels = {}) {
  const before = total(earlier.families, name, labels), now = total(later.families, name, labels);
  const seconds = (later.time - earlier.time) / 1000;
  return seconds > 0 ? (now >= before ? now - before : now) / seconds : 0;
}
