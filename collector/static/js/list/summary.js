// The line above the table: how many accounts stand how.

import { html } from "../html.js";
import { lookOf } from "../state-cell.js";

// What needs somebody comes first.
const ORDER = ["login_required", "wrong_account", "error", "stale", "blocked", "used_up", "ok", "pending", "disabled"];

export function Summary({ words, readings }) {
  const looks = readings.map(lookOf);
  const counts = ORDER.map((look) => [look, looks.filter((other) => other === look).length]).filter(([, n]) => n > 0);
  return html`
    <p class="summary" data-testid="summary">
      <span class="total">${words.text("summary.accounts", { count: readings.length })}</span>
      ${counts.map(([look, count]) => html`
        <span key=${look} class=${`count look-${look}`} data-testid=${`count-${look}`}>
          ${words.text(`summary.${look}`, { count })}
        </span>
      `)}
    </p>
  `;
}
