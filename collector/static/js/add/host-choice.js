// On which host the accounts are to be: one that is known, or a new one.

import { html } from "../html.js";

// No host can have this name.
export const NEW_HOST = "+";
const HOST_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function isHostName(text) {
  return HOST_NAME.test(text);
}

export function HostChoice({ words, names, choice: { selected, typed, host, select, type } }) {
  return html`
    <div class="host-choice">
      <label for="choose-host">${words.text("add.host")}</label>
      <select id="choose-host" value=${selected} data-testid="choose-host" onChange=${(event) => select(event.currentTarget.value)}>
        <option value="" disabled>${words.text("add.choose")}</option>
        ${names.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
        <option value=${NEW_HOST}>${words.text("add.new_host")}</option>
      </select>
      ${selected === NEW_HOST && html`
        <label for="new-host">${words.text("add.new_name")}</label>
        <input id="new-host" value=${typed} maxlength="64" spellcheck=${false} autocomplete="off" autocapitalize="none"
          aria-describedby="new-host-hint" aria-invalid=${String(typed !== "" && host === null)} data-testid="new-host"
          onInput=${(event) => type(event.currentTarget.value)} />
        <p class="hint" id="new-host-hint">${words.text("add.name_rule")}</p>
      `}
    </div>
  `;
}
