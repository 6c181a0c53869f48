// "Update now" for one account.

import { html } from "./html.js";
import { isOpen } from "./progress.js";
import { UpdateButton } from "./update-button.js";

// `buttons`: `{ ask, isBusy }`.
export function UpdateAccount({ words, buttons, reading, mask, isIcon = false }) {
  const { host, account_label: label } = reading.item;
  const wish = { accounts: [{ host, account_label: label }] };
  return html`
    <${UpdateButton} label=${words.text("update.one", { name: mask.label(label) })} isIcon=${isIcon} testId="update-account"
      isBusy=${buttons.isBusy} isTurning=${buttons.isBusy && reading.silentSince === null}
      press=${() => buttons.ask(scopeOf(reading), wish)} />
  `;
}

// Whether a fresh reading of it has been asked for. `entry`: how far that has come, or null.
export function isAwaited(updates, reading, entry) {
  return updates !== null && (updates.isBusy(scopeOf(reading)) || (entry !== null && isOpen(entry)));
}

function scopeOf({ key }) {
  return `account ${key}`;
}
