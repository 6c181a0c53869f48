// The windows that have no column of their own, folded behind "+N". Open where an account has no others.

import { html } from "../html.js";
import { resetText, wholePercent, windowName } from "../window-bar.js";

export function MoreWindows({ words, windows, isOpen, now }) {
  if (windows.length === 0) return null;
  const lines = windows.map((window) => describe(words, window, now));
  return html`
    <details class="more" data-testid="more-windows" open=${isOpen}>
      <summary title=${lines.join("\n")} aria-label=${words.text("more.label", { count: lines.length })}>
        +${words.number(lines.length)}
      </summary>
      <ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>
    </details>
  `;
}

function describe(words, window, now) {
  const name = [window.limit, windowName(words, window.name)].filter(Boolean).join(" · ");
  return words.text("more.line", { name, standing: standing(words, window, now) });
}

function standing(words, window, now) {
  if (window.kind !== "known") return words.text("window.unavailable");
  const left = words.text("window.left", { percent: words.percent(wholePercent(window.left)) });
  const reset = resetText(words, window, now);
  return reset ? `${left}, ${reset}` : left;
}
