// One rate window: how much is left, and when it resets.

import { html } from "./html.js";
import { waitText } from "./times.js";

const LOW_PERCENT = 25;
const CRITICAL_PERCENT = 10;

export function WindowBar({ words, window, now }) {
  if (window.kind !== "known") return html`<${NoWindow} words=${words} window=${window} />`;
  const left = words.text("window.left", { percent: words.percent(wholePercent(window.left)) });
  const reset = resetText(words, window, now);
  return html`
    <div class=${`window ${window.isCurrent ? level(window.left) : "past"}`} data-testid=${`window-${window.name}`}
      data-current=${String(window.isCurrent)}>
      <div class="gauge">
        <div class="bar" role="meter" aria-label=${windowName(words, window.name)} aria-valuemin="0" aria-valuemax="100"
          aria-valuenow=${wholePercent(window.left)} aria-valuetext=${reset ? `${left}, ${reset}` : left}>
          <div class="fill" style=${{ width: `${window.left}%` }}></div>
        </div>
        <span class="left" aria-hidden="true">${left}</span>
      </div>
      ${reset && html`<p class="reset" aria-hidden="true" title=${words.moment(window.resetsAt)}>${reset}</p>`}
    </div>
  `;
}

export function windowName(words, name) {
  const key = `window.name.${name}`;
  return words.has(key) ? words.text(key) : name;
}

// Null when nobody knows when.
export function resetText(words, window, now) {
  if (window.isResetDue) return words.text("window.reset_due");
  if (window.resetsAt === null || window.resetsAt <= now) return null;
  return words.text("window.resets_in", { duration: waitText(words, window.resetsAt - now) });
}

// Never rounded up to more than there is, nor down to nothing.
export function wholePercent(left) {
  return left > 0 && left < 1 ? 1 : Math.floor(left);
}

function NoWindow({ words, window }) {
  const meaning = words.text(`window.${window.kind}`);
  return html`
    <div class="window absent" data-testid=${`window-${window.name}`} data-kind=${window.kind}>
      ${window.kind === "none" ? html`<span title=${meaning} role="img" aria-label=${meaning}>–</span>` : meaning}
    </div>
  `;
}

function level(left) {
  if (left <= CRITICAL_PERCENT) return "critical";
  return left <= LOW_PERCENT ? "low" : "plenty";
}
