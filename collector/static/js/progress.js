// How far each account's wish for a fresh reading has come. Pure: entries `{ id, scope, host, status, code }` by account key.

import { accountKey } from "./reading.js";

export function isOpen({ status }) {
  return status === "queued" || status === "seen";
}

// A new wish takes the place of whatever was shown of its accounts. `scope` is what the button that was pressed is for.
export function begin(progress, { id, scope, results }) {
  const entries = results.map((result) => [accountKey(result), { id, scope, ...standingOf(result) }]);
  return { ...progress, ...Object.fromEntries(entries) };
}

// Of an account that was asked for again since, the older wish says nothing any more.
export function advance(progress, id, results) {
  const isNews = (result) => {
    const known = progress[accountKey(result)];
    return known?.id === id && known.status !== result.status;
  };
  const entries = results.filter(isNews).map((result) => {
    const key = accountKey(result);
    return [key, { ...progress[key], ...standingOf(result) }];
  });
  return entries.length === 0 ? progress : { ...progress, ...Object.fromEntries(entries) };
}

// What is still open of a wish that the collector does not know any more.
export function expire(progress, id) {
  const entries = Object.entries(progress).map(([key, entry]) => {
    return [key, entry.id === id && isOpen(entry) ? { ...entry, status: "expired" } : entry];
  });
  return Object.fromEntries(entries);
}

export function without(progress, key) {
  const { [key]: _, ...others } = progress;
  return others;
}

export function openIds(progress) {
  return [...new Set(Object.values(progress).filter(isOpen).map((entry) => entry.id))];
}

// `{ answered: 3, waiting: 1 }`
export function countOutcomes(results) {
  const counts = {};
  for (const result of results) {
    const outcome = isOpen(result) ? "waiting" : result.status;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

function standingOf({ host, status, code = null }) {
  return { host, status, code };
}
