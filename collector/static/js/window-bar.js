// One rate window: how much is left, and when it resets.

import { html } from "./html.js";
import { waitText } from "./times.js";

const LOW_PERCENT = 25;
const CRITICAL_PERCENT = 10;

// `isUsed`: told and drawn as what is used, and not as what is left. Its colour is that of what is left all the same.
export function WindowBar({ words, window, isUsed, now }) {
  if (window.kind !== "known") return html`<${NoWindow} words=${words} window=${window} />`;
  const amount = amountText(words, window, isUsed);
  const shown = isUsed ? 100 - window.left : window.left;
  const reset = resetText(words, window, now);
  return html`
    <div class=${`window ${window.isCurrent ? level(window.left) : "past"}`} data-testid=${`window-${window.name}`}
      data-current=${String(window.isCurrent)}>
      <div class="gauge">
        <div class="bar" role="meter" aria-label=${windowName(words, window.name)} aria-valuemin="0" aria-valuemax="100"
          aria-valuenow=${wholePercent(shown)} aria-valuetext=${reset ? `${amount}, ${reset}` : amount}>
          <div class="fill" style=${{ width: `${shown}%` }}></div>
        </div>
        <span class="left" aria-hidden="true">${amount}</span>
      </div>
      ${reset && html`<p class="reset" aria-hidden="true" title=${words.moment(window.resetsAt)}>${reset}</p>`}
    </div>
  `;
}

export function windowName(words, name) {
  return words.nameOf("window.name", name);
}

export function amountText(words, { left }, isUsed) {
  const whole = wholePercent(left);
  return isUsed
    ? words.text("window.used", { percent: words.percent(100 - whole) })
    : words.text("window.left", { percent: words.percent(whole) });
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
