// What was seen of the account, newest first; equal readings, or failures, in a row are one event.

import { SignedOut, fetchEvents } from "../api.js";
import { html, useState } from "../html.js";
import { Icon } from "../icons.js";
import { leftPercent } from "../reading.js";
import { errorText } from "../state-cell.js";
import { parseTime } from "../times.js";
import { amountText, windowName } from "../window-bar.js";
import { useAnswer } from "./answer.js";
import { joinPages } from "./event-pages.js";

const PAGE = 50;

export function Events({ words, reading, mask, preferences, goToLogin }) {
  const { host, account_label: label } = reading.item;
  const { answer, isFailing } = useAnswer((signal) => fetchEvents({ host, label, limit: PAGE }, signal), [reading.item], goToLogin);
  const { events, hasOlder, loadOlder, standing } = usePages(answer, { host, label }, goToLogin);
  return html`
    <section class="events" aria-labelledby="events-title">
      <h3 id="events-title">${words.text("events.title")}</h3>
      ${isFailing && html`<p class="muted" role="status">${words.text("load.failed")}</p>`}
      ${answer === null && !isFailing && html`<p class="muted">${words.text("loading")}</p>`}
      ${answer?.length === 0 && html`<p class="muted">${words.text("window.unread")}</p>`}
      <ol>
        ${events.map((event) => html`<${Event} key=${event.position} ...${{ words, event, mask }} isUsed=${preferences.isUsed} />`)}
      </ol>
      ${hasOlder && html`
        <button type="button" data-testid="older" aria-disabled=${String(standing === "loading")} onClick=${loadOlder}>
          ${words.text("events.older")}
        </button>
      `}
      <p role="status" class="muted">${standing === "failed" && words.text("load.again")}</p>
    </section>
  `;
}

// The newest page, as it is now, and the older ones that somebody asked for. `standing`: of the page asked for last.
function usePages(newest, { host, label }, onSignedOut) {
  const [older, setOlder] = useState([]);
  const [standing, setStanding] = useState("there");
  const events = joinPages(newest ?? [], older);
  const loadOlder = async () => {
    if (standing === "loading") return;
    setStanding("loading");
    try {
      const page = await fetchEvents({ host, label, limit: PAGE, before: events.at(-1).position });
      setOlder([...events, ...page]);
      setStanding(page.length < PAGE ? "all" : "there");
    } catch (error) {
      if (error instanceof SignedOut) onSignedOut();
      else setStanding("failed");
    }
  };
  const isWhole = standing === "all" && events.at(-1)?.position === older.at(-1)?.position;
  return { events, hasOlder: events.length >= PAGE && !isWhole, loadOlder, standing };
}

function Event({ words, event, mask, isUsed }) {
  const { error, count } = event;
  const [from, to] = [parseTime(event.first_at), parseTime(event.last_at)];
  const text = error ? errorText(words, error.code, error, mask) : windowsText(words, event, isUsed);
  return html`
    <li class=${error ? "event failed" : "event"} data-testid="event" data-count=${count} data-code=${error?.code}>
      <time datetime=${event.first_at}>${words.range(from, to)}</time>
      <p class="what"><${Icon} name=${error ? "error" : "ok"} /><span>${text}</span></p>
      <span class="count">${words.text(error ? "probes.failed" : "probes.read", { count })}</span>
    </li>
  `;
}

function windowsText(words, event, isUsed) {
  const windows = event.parsed?.normalized?.windows;
  if (!windows) return words.text("window.unavailable");
  const texts = Object.entries(windows).map(([name, window]) => {
    const left = leftPercent(window);
    const standing = left === null ? words.text("window.unavailable") : amountText(words, { left }, isUsed);
    return words.text("more.line", { name: windowName(words, name), standing });
  });
  return texts.length === 0 ? words.text("windows.none") : texts.join(words.text("between"));
}
