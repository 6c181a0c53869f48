// Wishes for fresh readings: asked for with a button, and followed until it is known how each account's wish ended.

import { askForRefresh, fetchRefresh, Refused, SignedOut } from "./api.js";
import { startChain } from "./chain.js";
import { useEffect, useRef, useState } from "./html.js";
import { advance, begin, countOutcomes, expire, isOpen, openIds, without } from "./progress.js";

// Several wishes are asked for in turn: a browser has few connections. One is followed by a parked read.
const PAUSE_MILLISECONDS = 250;
const TURN_MILLISECONDS = 1_500;
// How long an end stays on the page.
const SHOWN_MILLISECONDS = { answered: 4_000, refused: 30_000, expired: 30_000 };
const NOTICE_MILLISECONDS = 8_000;
// The shortest life of a wish: one that nothing was heard of for so long is given up.
const LOST_MILLISECONDS = 600_000;

// `{ progress, isBusy(scope), notice, ask(scope, wish) }`. A scope says what a button is for: all, a host, an account.
export function useRefreshes(silentHosts, onSignedOut) {
  const [{ progress, sending }, setStanding] = useState({ progress: {}, sending: [] });
  const [notice, setNotice] = useState(null);
  const silent = useRef(silentHosts);
  const refreshes = useRef(null);
  silent.current = silentHosts;
  const isSilent = (host) => silent.current.has(host);
  useEffect(() => {
    refreshes.current = startRefreshes({ isSilent, onChange: setStanding, onNotice: setNotice, onSignedOut });
    return refreshes.current.stop;
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => setNotice(null), NOTICE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [notice]);
  const isAwaited = (entry, scope) => entry.scope === scope && isOpen(entry) && !isSilent(entry.host);
  return {
    progress,
    notice,
    ask: (scope, wish) => refreshes.current.ask(scope, wish),
    isBusy: (scope) => sending.includes(scope) || Object.values(progress).some((entry) => isAwaited(entry, scope)),
  };
}

// `onChange({ progress, sending })`: sending holds the scopes of the wishes on their way to the collector. `onNotice` gets
// what is to be said aloud. `isSilent(host)`: nobody knows when this host will read anything.
function startRefreshes({ isSilent, onChange, onNotice, onSignedOut }) {
  let progress = {};
  let sending = [];
  let heardAt = performance.now();
  // `{ results, tag }` of each wish's last answer: a parked read is answered as soon as there is another.
  const standings = new Map();
  const announced = new Set();
  const chain = startChain({ read: followAll, onFailure: giveUpWhatIsLost, onSignedOut });

  async function ask(scope, wish) {
    send([...sending, scope]);
    try {
      const { id, results, tag } = await askForRefresh(wish);
      heardAt = performance.now();
      standings.set(id, { results, tag });
      show(begin(progress, { id, scope, results }));
      if (!announceEnd(id, results)) onNotice({ name: "asked", count: results.length });
      chain.restart();
    } catch (error) {
      if (error instanceof SignedOut) onSignedOut();
      else onNotice({ name: "failed" });
    }
    send(sending.filter((other) => other !== scope));
  }

  async function followAll(signal) {
    const ids = openIds(progress);
    for (const id of standings.keys()) if (!ids.includes(id)) standings.delete(id);
    if (ids.length === 0) return null;
    const isAlone = ids.length === 1;
    let pause = isAlone ? PAUSE_MILLISECONDS : TURN_MILLISECONDS;
    for (const id of ids) pause = Math.max(pause, await follow(id, { isParked: isAlone, signal }));
    heardAt = performance.now();
    return pause;
  }

  // Returns how many milliseconds the collector asks to be left alone.
  async function follow(id, options) {
    try {
      const { results, tag, retryAfterSeconds } = await fetchRefresh(id, { tag: standings.get(id).tag, ...options });
      if (results !== null) standings.set(id, { results, tag });
      show(advance(progress, id, standings.get(id).results));
      announceEnd(id, standings.get(id).results);
      return retryAfterSeconds * 1000;
    } catch (error) {
      if (!(error instanceof Refused && error.status === 404)) throw error;
      show(expire(progress, id));
      return 0;
    }
  }

  function giveUpWhatIsLost() {
    if (performance.now() - heardAt < LOST_MILLISECONDS) return;
    for (const id of openIds(progress)) show(expire(progress, id));
  }

  // Whether all has been said: what still waits for a silent host may wait for long.
  function announceEnd(id, results) {
    const isEnded = !results.some((result) => isOpen(result) && !isSilent(result.host));
    if (isEnded && !announced.has(id)) onNotice({ name: "ended", counts: countOutcomes(results) });
    if (isEnded) announced.add(id);
    return isEnded;
  }

  function show(next) {
    for (const [key, entry] of Object.entries(next)) {
      if (progress[key] !== entry && !isOpen(entry)) setTimeout(() => forget(key, entry), SHOWN_MILLISECONDS[entry.status]);
    }
    progress = next;
    onChange({ progress, sending });
  }

  function forget(key, entry) {
    if (progress[key] === entry) show(without(progress, key));
  }

  function send(next) {
    sending = next;
    onChange({ progress, sending });
  }

  return { ask, stop: chain.stop };
}
