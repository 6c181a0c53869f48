// The collector's time: this browser's own clock may be off by hours and is never shown.

export class CollectorClock {
  #base = null;

  // `dateHeader` is the `Date` of an answer that has just arrived.
  set(dateHeader) {
    const time = Date.parse(dateHeader ?? "");
    if (!Number.isNaN(time)) this.#base = { time, ticks: performance.now(), wall: Date.now() };
  }

  // performance.now() may stand still while a laptop sleeps; whichever clock went further makes readings look older.
  now() {
    if (this.#base === null) return Date.now();
    const { time, ticks, wall } = this.#base;
    return time + Math.max(0, performance.now() - ticks, Date.now() - wall);
  }
}
