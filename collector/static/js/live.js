// What the collector says of all accounts: read whole once, and then only what has changed since.

import { fetchLatest } from "./api.js";
import { startChain } from "./chain.js";
import { useEffect, useState } from "./html.js";
import { accountKey } from "./reading.js";

// Many changes in one moment come as one answer.
const PAUSE_MILLISECONDS = 250;
// One lost answer is nothing to tell anybody about.
const FAILURES_BEFORE_BANNER = 2;

// `{ items, lost }`: items are null before the first answer, and stay as they were while the connection is lost.
// `clock` is set from every answer.
export function useLive(clock, onSignedOut) {
  const [items, setItems] = useState(null);
  const [lost, setLost] = useState(null);
  useEffect(() => {
    let failures = 0;
    let heardAt = null;
    return startLive({
      clock,
      onItems(all) {
        failures = 0;
        heardAt = clock.now();
        setLost(null);
        setItems(all);
      },
      onFailure() {
        failures += 1;
        if (heardAt === null || failures >= FAILURES_BEFORE_BANNER) setLost({ since: heardAt });
      },
      onSignedOut,
    });
  }, []);
  return { items, lost };
}

// Returns a function that stops it all.
function startLive({ clock, onItems, onFailure, onSignedOut }) {
  let items = null;
  let revision = null;

  async function read(signal) {
    const answer = await fetchLatest(revision, signal);
    clock.set(answer.date);
    items = mergeAnswer(items, answer);
    revision = answer.revision;
    onItems(items);
    return Math.max(PAUSE_MILLISECONDS, answer.retryAfterSeconds * 1000);
  }

  return startChain({ read, onFailure, onSignedOut }).stop;
}

function mergeAnswer(items, { items: changed, removed }) {
  if (items === null || removed === null) return changed;
  if (changed.length === 0 && removed.length === 0) return items;
  const gone = new Set(removed.map(accountKey));
  const news = new Map(changed.map((item) => [accountKey(item), item]));
  const merged = items.filter((item) => !gone.has(accountKey(item))).map((item) => takeFrom(news, item));
  for (const item of news.values()) insert(merged, item);
  return merged;
}

function takeFrom(news, item) {
  const key = accountKey(item);
  const taken = news.get(key) ?? item;
  news.delete(key);
  return taken;
}

// By host, then label, as the collector lists them; nothing that is already there moves.
function insert(items, item) {
  const place = items.findIndex((other) => isBefore(item, other));
  items.splice(place === -1 ? items.length : place, 0, item);
}

function isBefore(item, other) {
  return item.host === other.host ? item.account_label < other.account_label : item.host < other.host;
}
