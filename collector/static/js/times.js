// Ages and waits in words. All times are milliseconds since 1970 by the collector's clock.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

// Null for what is absent or is no time at all.
export function parseTime(text) {
  const milliseconds = typeof text === "string" ? Date.parse(text) : NaN;
  return Number.isNaN(milliseconds) ? null : milliseconds;
}

// In steps of ten seconds below a minute, so that the column stays calm.
export function ageText(words, milliseconds) {
  if (milliseconds < 10 * SECOND) return words.text("age.now");
  return words.text("age.ago", { duration: durationText(words, milliseconds) });
}

// Two units where the second one matters: `3d 4h`, `2h 10m`, `10m`.
export function waitText(words, milliseconds) {
  if (milliseconds >= DAY) return joined(words, [milliseconds, DAY, "day"], [milliseconds % DAY, HOUR, "hour"]);
  if (milliseconds >= HOUR) return joined(words, [milliseconds, HOUR, "hour"], [milliseconds % HOUR, MINUTE, "minute"]);
  return words.unit(Math.max(1, Math.floor(milliseconds / MINUTE)), "minute");
}

export function durationText(words, milliseconds) {
  if (milliseconds < MINUTE) return words.unit(Math.floor(milliseconds / SECOND / 10) * 10, "second");
  if (milliseconds < HOUR) return words.unit(Math.floor(milliseconds / MINUTE), "minute");
  if (milliseconds < 2 * DAY) return words.unit(Math.floor(milliseconds / HOUR), "hour");
  return words.unit(Math.floor(milliseconds / DAY), "day");
}

function joined(words, ...parts) {
  return parts
    .map(([milliseconds, length, name]) => [Math.floor(milliseconds / length), name])
    .filter(([amount]) => amount > 0)
    .map(([amount, name]) => words.unit(amount, name))
    .join(" ");
}
