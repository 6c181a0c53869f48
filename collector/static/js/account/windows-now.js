// Every window as it stands now, with those of further limits, and the rights to reset them.

import { html } from "../html.js";
import { waitText } from "../times.js";
import { WindowBar, windowName } from "../window-bar.js";

export function WindowsNow({ words, reading, preferences, now }) {
  const main = [reading.fiveHours, reading.weekly].filter(({ kind }) => kind !== "none");
  // Of an account that has never been read, both would say so.
  const windows = reading.readAt === null ? [] : [...main, ...reading.others];
  return html`
    <section class="windows-now" aria-labelledby="windows-title">
      <h3 id="windows-title">${words.text("windows.title")}</h3>
      ${windows.length === 0 && html`
        <p class="muted">${words.text(reading.readAt === null ? "window.unread" : "windows.none")}</p>
      `}
      <ul>
        ${windows.map((window) => html`
          <li key=${`${window.limitId} ${window.limit} ${window.name}`} data-testid="window" data-limit=${window.limitId}>
            <p class="name"><${WindowTitle} words=${words} window=${window} /></p>
            <${WindowBar} ...${{ words, window, now }} isUsed=${preferences.isUsed} />
          </li>
        `)}
      </ul>
      <${ResetCredits} words=${words} resetCredits=${reading.resetCredits} now=${now} />
    </section>
  `;
}

// Two limits may have one name: the id tells them apart.
function WindowTitle({ words, window }) {
  const { limit = null, limitId = null } = window;
  return html`
    <strong>${windowName(words, window.name)}</strong>
    ${limit !== null && html` <span>${limit}</span>`}
    ${limitId !== null && limitId !== limit && html` <code>${limitId}</code>`}
  `;
}

function ResetCredits({ words, resetCredits, now }) {
  if (!resetCredits?.count) return null;
  const { count, expiries } = resetCredits;
  return html`
    <div class="reset-credits" data-testid="reset-credits">
      <p>${words.text("reset_credits.count", { count })}</p>
      ${expiries.length > 0 && html`
        <ul>${expiries.map((time) => html`<li title=${words.moment(time)}>${expiryText(words, time, now)}</li>`)}</ul>
      `}
    </div>
  `;
}

function expiryText(words, time, now) {
  const moment = words.moment(time);
  if (time <= now) return words.text("reset_credits.expired", { moment });
  return words.text("reset_credits.expires", { moment, duration: waitText(words, time - now) });
}
