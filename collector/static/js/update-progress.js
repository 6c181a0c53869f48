// How far an account's wish for a fresh reading has come, in a few words beside its state.

import { html } from "./html.js";
import { isOpen } from "./progress.js";

export function UpdateProgress({ words, entry, item, isSilent }) {
  const phase = phaseOf(entry, item, isSilent);
  return html`
    <span class=${`progress ${phase}`} data-testid="progress" data-phase=${phase}>
      ${words.text(`progress.${phase}`, { host: item.host, why: phase === "refused" ? whyText(words, entry.code) : "" })}
    </span>
  `;
}

// What became of an answered wish is the account's own state; here stands only that it is new.
function phaseOf({ status }, item, isSilent) {
  if (isOpen({ status }) && isSilent) return "silent";
  if (status !== "answered") return status;
  return item.error ? "failed" : "done";
}

function whyText(words, code) {
  return words.has(`refused.${code}`) ? words.text(`refused.${code}`) : String(code).replaceAll("_", " ");
}
