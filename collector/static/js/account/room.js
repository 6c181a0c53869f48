// One account, whole: how it stands, its windows, how they were used, whose login it is, and what was seen of it.

import { html, useRef } from "../html.js";
import { useKeys } from "../keys.js";
import { maskOf } from "../privacy.js";
import { Link, go } from "../route.js";
import { Events } from "./events.js";
import { Head } from "./head.js";
import { History } from "./history.js";
import { Identity } from "./identity.js";
import { RawAnswer } from "./raw-answer.js";
import { WindowsNow } from "./windows-now.js";

export function Room({ words, route, items, readings, updates, preferences, now, goToLogin }) {
  const key = `${route.host}/${route.label}`;
  const reading = readings.find((other) => other.key === key) ?? null;
  const seen = useRef(null);
  if (reading !== null) seen.current = reading;
  useKeys({
    Escape: () => go("/"),
    r: () => document.querySelector('[data-testid="update-account"]')?.click(),
  });
  if (items === null) return html`<p class="empty">${words.text("loading")}</p>`;
  if (reading === null) {
    const last = seen.current?.key === key ? seen.current : null;
    return html`<${Missing} ...${{ words, route, preferences, last }} />`;
  }
  const mask = maskOf(reading, preferences.isPrivate);
  const shared = { words, reading, mask, preferences, now, goToLogin };
  return html`
    <article class="account-room" key=${key} data-testid="account-room" data-key=${key}>
      <${Head} ...${shared} updates=${updates} />
      <${WindowsNow} ...${shared} />
      <${History} ...${shared} query=${route.query} />
      <${Identity} ...${shared} readings=${readings} />
      <${RawAnswer} ...${shared} />
      <${Events} ...${shared} />
    </article>
  `;
}

// `last`: the reading of an account that was here a moment ago. What it told of e-mails hides them still.
function Missing({ words, route, preferences, last }) {
  const name = maskOf(last ?? {}, preferences.isPrivate).label(route.label);
  return html`
    <div class="empty" role="status" data-testid="missing">
      <p>${words.text(last ? "account.removed" : "account.unknown", { name, host: route.host })}</p>
      <p><${Link} to="/">${words.text("account.all")}</${Link}></p>
    </div>
  `;
}
