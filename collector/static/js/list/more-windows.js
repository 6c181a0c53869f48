// The windows that have no column of their own, folded behind "+N". Open where an account has no others.

import { html } from "../html.js";
import { amountText, resetText, windowName } from "../window-bar.js";

export function MoreWindows({ words, windows, isOpen, isUsed, now }) {
  if (windows.length === 0) return null;
  const lines = windows.map((window) => describe(words, window, { isUsed, now }));
  return html`
    <details class="more" data-testid="more-windows" open=${isOpen}>
      <summary title=${lines.join("\n")} aria-label=${words.text("more.label", { count: lines.length })}>
        +${words.number(lines.length)}
      </summary>
      <ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>
    </details>
  `;
}

function describe(words, window, context) {
  const name = [window.limit, windowName(words, window.name)].filter(Boolean).join(" · ");
  return words.text("more.line", { name, standing: standing(words, window, context) });
}

function standing(words, window, { isUsed, now }) {
  if (window.kind !== "known") return words.text("window.unavailable");
  const amount = amountText(words, window, isUsed);
  const reset = resetText(words, window, now);
  return reset ? `${amount}, ${reset}` : amount;
}
