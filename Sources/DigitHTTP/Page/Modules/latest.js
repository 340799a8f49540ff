/**
 * Asks the newest question and leaves out those that became stale while others were under way:
 * answers follow the pen however slow the server is, and nothing queues up.
 *
 * `ask(question, signal)` is a promise; `answered(answer, question)` and `failed(error, question)`
 * are told of the newest answers only, in the order of their questions.
 */
export class Latest {
  #ask; #answered; #failed;
  #underWay = new Map();
  #waiting = null;
  #number = 0;
  #newestTold = 0;
  static underWayMax = 2;

  constructor({ ask, answered, failed }) {
    this.#ask = ask;
    this.#answered = answered;
    this.#failed = failed;
  }

  put(question) {
    this.#waiting = question;
    this.#advance();
  }

  /** Nothing that was asked so far is told any more. */
  cancel() {
    this.#waiting = null;
    this.#newestTold = this.#number;
    for (const controller of this.#underWay.values()) controller.abort();
  }

  get isIdle() { return this.#underWay.size === 0 && this.#waiting === null; }

  #advance() {
    if (this.#waiting === null || this.#underWay.size >= Latest.underWayMax) return;
    const question = this.#waiting;
    this.#waiting = null;
    this.#number += 1;
    this.#run(this.#number, question);
  }

  async #run(number, question) {
    const controller = new AbortController();
    this.#underWay.set(number, controller);
    try {
      const answer = await this.#ask(question, controller.signal);
      if (this.#isNewest(number)) this.#answered(answer, question);
    } catch (error) {
      if (error.name !== "AbortError" && this.#isNewest(number)) this.#failed(error, question);
    } finally {
      this.#underWay.delete(number);
      this.#advance();
    }
  }

  #isNewest(number) {
    if (number <= this.#newestTold) return false;
    this.#newestTold = number;
    return true;
  }
}
