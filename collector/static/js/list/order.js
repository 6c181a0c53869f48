// In which order the accounts stand. Pure.

import { room } from "./room-left.js";

const ATTENTION = ["login_required", "wrong_account", "error", "stale", "pending", "ok", "disabled"];

const COMPARE = {
  attention: (a, b) => rank(a) - rank(b),
  label: () => 0,
  // The most first; what has no number, or an old one, last.
  room: (a, b) => (room(b)?.left ?? -1) - (room(a)?.left ?? -1),
  reset: (a, b) => nextReset(a) - nextReset(b),
  age: (a, b) => (b.readAt ?? 0) - (a.readAt ?? 0),
};

// Equal ones by label, then host: never by chance.
export function sortReadings(readings, sort) {
  return [...readings].sort((a, b) => COMPARE[sort](a, b) || byName(a, b));
}

// `[[name, readings], …]` in the order of the names; one group without a name where nothing is grouped.
export function groupReadings(readings, group) {
  if (group === "none") return [["", readings]];
  const groups = new Map();
  for (const reading of readings) {
    const name = reading.item[group];
    groups.set(name, [...(groups.get(name) ?? []), reading]);
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}

// When the next of its windows resets, in milliseconds; for ever away where nobody knows.
export function nextReset(reading) {
  const windows = [reading.fiveHours, reading.weekly, ...reading.others.filter((window) => window.limit === null)];
  const resets = windows
    .filter((window) => window.kind === "known" && !window.isBucket && window.isCurrent && window.resetsAt !== null)
    .map((window) => window.resetsAt);
  return Math.min(Number.POSITIVE_INFINITY, ...resets);
}

function rank({ item, needsHand }) {
  return needsHand ? -1 : ATTENTION.indexOf(item.state);
}

function byName(a, b) {
  return a.item.account_label.localeCompare(b.item.account_label, "en", { numeric: true }) || a.item.host.localeCompare(b.item.host);
}
