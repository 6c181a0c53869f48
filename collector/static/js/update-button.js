// "Update now": for all accounts, for one host, for one account.

import { html } from "./html.js";
import { Icon } from "./icons.js";

// It turns while it is busy, unless what it waits for may take long. Not `disabled` then: that would take the keyboard's
// place on the page away.
export function UpdateButton({ label, isBusy, isTurning = isBusy, isIcon = false, press, testId }) {
  return html`
    <button type="button" class=${`update ${isIcon ? "icon-button" : ""} ${isTurning ? "turning" : ""}`} data-testid=${testId}
      title=${isIcon ? label : undefined} aria-label=${isIcon ? label : undefined} aria-disabled=${String(isBusy)}
      onClick=${() => isBusy || press()}>
      <${Icon} name="update" />${!isIcon && html`<span>${label}</span>`}
    </button>
  `;
}

export function UpdateHost({ words, host, isBusy, ask }) {
  return html`
    <${UpdateButton} label=${words.text("update.one", { name: host })} isIcon isBusy=${isBusy} testId="update-host"
      press=${() => ask(`host ${host}`, { host })} />
  `;
}
