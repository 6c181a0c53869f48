// How much an account can still be used: what is left of its tightest window. Pure.

// `{ left, name }` of the window of the main limit that binds; null without a current reading, or a window that is known.
// Buckets that refill by the minute are headroom and say nothing here.
export function room(reading) {
  if (!reading.item.usable || !reading.isCurrent) return null;
  const main = [reading.fiveHours, reading.weekly, ...reading.others.filter((window) => window.limit === null)];
  const known = main.filter((window) => window.kind === "known" && !window.isBucket && window.isCurrent);
  if (known.length === 0) return null;
  return known.reduce((tightest, window) => (window.left < tightest.left ? window : tightest));
}

// The usable account with the most room, or null.
export function findMostRoom(readings) {
  let best = null;
  for (const reading of readings) {
    const window = room(reading);
    if (window && (best === null || window.left > best.window.left)) best = { reading, window };
  }
  return best;
}
