// Update all, and the switches: hide e-mails, language, theme, sign out.

import { html } from "./html.js";
import { LANGUAGES, THEMES } from "./preferences.js";
import { UpdateButton } from "./update-button.js";

export function PreferenceSwitches({ words, preferences, change }) {
  return html`
    <${Choice} name="language" label=${words.text("switch.language")} value=${preferences.language} change=${change}
      options=${Object.entries(LANGUAGES)} />
    <${Choice} name="theme" label=${words.text("switch.theme")} value=${preferences.theme} change=${change}
      options=${THEMES.map((theme) => [theme, words.text(`theme.${theme}`)])} />
  `;
}

export function Toolbar({ words, preferences, change, updates, leave }) {
  return html`
    <div class="toolbar">
      ${updates && html`
        <${UpdateButton} label=${words.text("update.all")} isBusy=${updates.isBusy("all")} testId="update-all"
          press=${() => updates.ask("all", {})} />
      `}
      <button type="button" aria-pressed=${String(preferences.isPrivate)} data-testid="privacy"
        onClick=${() => change("isPrivate", !preferences.isPrivate)}>
        ${words.text("switch.privacy")}
      </button>
      <${PreferenceSwitches} words=${words} preferences=${preferences} change=${change} />
      <button type="button" data-testid="sign-out" onClick=${leave}>${words.text("sign_out")}</button>
    </div>
  `;
}

function Choice({ name, label, value, options, change }) {
  return html`
    <select aria-label=${label} title=${label} value=${value} data-testid=${name}
      onChange=${(event) => change(name, event.currentTarget.value)}>
      ${options.map(([key, text]) => html`<option key=${key} value=${key}>${text}</option>`)}
    </select>
  `;
}
