// The room that opens first: all accounts.

import { html } from "../html.js";
import { AccountTable } from "./account-table.js";
import { Summary } from "./summary.js";

export function Room({ words, items, readings, updates, preferences, now }) {
  if (items === null) return html`<p class="empty">${words.text("loading")}</p>`;
  if (items.length === 0) {
    return html`<p class="empty" data-testid="empty">${words.text("empty")} <code>hostagent push</code></p>`;
  }
  return html`
    <${Summary} words=${words} readings=${readings} />
    <${AccountTable} words=${words} readings=${readings} updates=${updates} isPrivate=${preferences.isPrivate} now=${now} />
  `;
}
