// Reads one after the other while somebody looks: never two at once, none in a hidden tab, ever slower while they fail.

import { SignedOut } from "./api.js";

const BACK_OFF_SECONDS = [1, 2, 5, 10, 20, 30];

// `read(signal)` gives the milliseconds until the next read, or null to rest until `restart`, which also drops a read
// that is under way. Returns `{ restart, stop }`.
export function startChain({ read, onFailure, onSignedOut }) {
  let current = null;
  let timer = null;
  let failures = 0;

  async function step() {
    const mine = new AbortController();
    current = mine;
    const pause = await read(mine.signal).then(
      (milliseconds) => {
        failures = 0;
        return milliseconds;
      },
      (error) => (mine.signal.aborted ? null : react(error)),
    );
    if (mine.signal.aborted) return;
    current = null;
    if (pause !== null) timer = setTimeout(step, pause);
  }

  function react(error) {
    if (error instanceof SignedOut) {
      stop();
      onSignedOut();
      return null;
    }
    failures += 1;
    onFailure(error);
    return backOff(failures);
  }

  function pauseReading() {
    current?.abort();
    current = null;
    clearTimeout(timer);
  }

  function restart() {
    pauseReading();
    if (!document.hidden) step();
  }

  function stop() {
    pauseReading();
    document.removeEventListener("visibilitychange", restart);
    removeEventListener("online", restart);
    removeEventListener("offline", restart);
  }

  document.addEventListener("visibilitychange", restart);
  addEventListener("online", restart);
  // A parked read would notice only when its time is up.
  addEventListener("offline", restart);
  restart();
  return { restart, stop };
}

// With jitter, so that many pages do not come back to a restarted collector in one moment.
function backOff(failures) {
  const seconds = BACK_OFF_SECONDS[Math.min(failures, BACK_OFF_SECONDS.length) - 1];
  return seconds * 1000 * (0.75 + Math.random() / 4);
}
