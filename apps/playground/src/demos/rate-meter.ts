const WINDOW_MS = 2_000;
const SHOWN = 60;

/** Additions a second, over the last two seconds. */
export class RateMeter {
  #points: { at: number; count: number }[] = [];
  readonly #recent: number[] = [];

  /** The latest rates, oldest first. */
  get recent(): readonly number[] {
    return this.#recent;
  }

  tick(count: number): void {
    const at = performance.now();
    const last = this.#points[this.#points.length - 1];
    if (last && count < last.count) this.#points = [];
    this.#points.push({ at, count });
    this.#points = this.#points.filter((point) => point.at >= at - WINDOW_MS);
    this.#recent.push(this.perSecond());
    if (this.#recent.length > SHOWN) this.#recent.shift();
  }

  perSecond(): number {
    const [first] = this.#points;
    const last = this.#points[this.#points.length - 1];
    if (!first || !last || first === last) return 0;
    return Math.round(((last.count - first.count) / (last.at - first.at)) * 1000);
  }
}
