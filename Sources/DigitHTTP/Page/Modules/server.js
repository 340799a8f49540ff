// Questions to the server, and what can go wrong with them.

const tokenKey = "digits-token";
const timeoutMilliseconds = 10_000;

/** What the server refused, or that it could not be reached (status 0). */
export class ServerProblem extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Tells `tokenwanted` where an answer was 401. */
export class Server extends EventTarget {
  /** For this tab only: it is gone when the tab is closed. */
  set token(text) { sessionStorage.setItem(tokenKey, text); }

  async models() { return (await this.#ask("/v1/models")).json().then((body) => body.models); }

  async metrics(signal) { return (await this.#ask("/metrics", { signal })).text(); }

  /**
   * The server's answer to a picture, with `roundTripMicroseconds` beside what it says. `body` is
   * `{ type, bytes }`.
   */
  async predict(body, { model, many = false, signal } = {}) {
    const query = new URLSearchParams();
    if (model) query.set("model", model);
    if (many) query.set("many", "1");
    const began = performance.now();
    const response = await this.#ask(`/v1/predict?${query}`, {
      method: "POST", headers: { "Content-Type": body.type }, body: body.bytes, signal,
    });
    const answer = await response.json();
    return { ...answer, roundTripMicroseconds: 1000 * (performance.now() - began) };
  }

  async #ask(path, { headers = {}, signal, ...options } = {}) {
    const token = sessionStorage.getItem(tokenKey);
    const limit = AbortSignal.timeout(timeoutMilliseconds);
    let response;
    try {
      response = await fetch(path, {
        ...options,
        cache: "no-store",
        headers: token ? { ...headers, Authorization: `Bearer ${token}` } : headers,
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ServerProblem(0, "unreachable", "The server does not answer.");
    }
    if (response.ok) return response;
    if (response.status === 401) this.dispatchEvent(new Event("tokenwanted"));
    const body = await response.json().catch(() => ({}));
    throw new ServerProblem(
      response.status, body.code ?? "", body.error ?? `The server answers ${response.status}.`);
  }
}
