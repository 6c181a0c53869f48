// Asks for the latest readings while somebody looks: every five seconds, never while the tab is hidden.

import { fetchLatest, SignedOut } from "./api.js";

const INTERVAL_MILLISECONDS = 5_000;

// `clock` is set from every answer. Returns a function that stops it all.
export function startPolling({ clock, onAnswer, onFailure, onSignedOut }) {
  let timer = null;
  let etag = null;
  let isAsking = false;
  let isStopped = false;

  async function ask() {
    clearTimeout(timer);
    if (isAsking || isStopped) return;
    isAsking = true;
    try {
      const answer = await fetchLatest(etag);
      etag = answer.etag;
      clock.set(answer.date);
      if (!isStopped) onAnswer(answer.items);
    } catch (error) {
      if (error instanceof SignedOut) {
        stop();
        onSignedOut();
      } else if (!isStopped) onFailure(error);
    } finally {
      isAsking = false;
    }
    if (!isStopped && !document.hidden) timer = setTimeout(ask, INTERVAL_MILLISECONDS);
  }

  function followVisibility() {
    if (document.hidden) clearTimeout(timer);
    else ask();
  }

  function stop() {
    isStopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", followVisibility);
  }

  document.addEventListener("visibilitychange", followVisibility);
  if (!document.hidden) ask();
  return stop;
}
