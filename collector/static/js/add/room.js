// Naming more accounts: what was pasted, understood here as the host understands it, and what to type there. Nothing of it
// is sent to the collector, or kept.

import { html, useState } from "../html.js";
import { useHosts } from "../hosts/live-hosts.js";
import { HostChoice, NEW_HOST, isHostName } from "./host-choice.js";
import { planAccounts } from "./labels.js";
import { parseMemos } from "./memos.js";
import { withoutSecrets } from "./secrets.js";
import { ClaudeKeys, Steps } from "./steps.js";
import { Understood } from "./understood.js";

// What was typed is still there for who comes back from another room, and gone with the page.
const kept = { text: "", chosen: null, typed: "" };

export function Room({ words, route, session, items, readings, preferences, goToLogin }) {
  const { hosts } = useHosts(items, goToLogin);
  const [text, setText] = useKept("text");
  const [hasLeftOut, setLeftOut] = useState(false);
  const names = hostNames(hosts, readings);
  const choice = useChoice(route.query.get("host"), hosts === null ? null : names);
  const isNew = choice.host !== null && !names.includes(choice.host);
  const { memos, passedOver } = parseMemos(text);
  const accounts = planAccounts(memos, readings, choice.host);
  const take = (field) => {
    const clean = withoutSecrets(field.value);
    if (clean !== field.value) setLeftOut(true);
    field.value = clean;
    setText(clean);
  };
  const shared = { words, accounts, isPrivate: preferences.isPrivate };
  return html`
    <div class="add" data-testid="add">
      <section>
        <h2>${words.text("nav.add")}</h2>
        <${Paste} ...${{ words, text, take, hasLeftOut }} isPrivate=${preferences.isPrivate} />
        <${HostChoice} words=${words} names=${names} choice=${choice} />
      </section>
      <section aria-label=${words.text("add.understood")}>
        <${Understood} ...${shared} passedOver=${passedOver} isAsked=${text.trim() !== ""} />
        ${accounts.length > 0 && html`<${Steps} ...${shared} host=${choice.host} isNew=${isNew} session=${session} />`}
      </section>
      <${ClaudeKeys} words=${words} />
    </div>
  `;
}

function Paste({ words, text, take, hasLeftOut, isPrivate }) {
  return html`
    <label for="pasted">${words.text("add.paste")}</label>
    <textarea id="pasted" class=${isPrivate ? "private" : ""} rows="8" value=${text} spellcheck=${false} autocomplete="off"
      autocapitalize="none" aria-describedby="paste-hint" placeholder=${"you@example.com\nAccount: you@example.com (Plus)"}
      data-testid="pasted" onInput=${(event) => take(event.currentTarget)}></textarea>
    <p class="hint" id="paste-hint">${words.text("add.paste_hint")}</p>
    <div role="alert" data-testid="secret">
      ${hasLeftOut && html`<p class="fault">${words.text("add.secret")}</p>`}
    </div>
  `;
}

// `{ selected, typed, host, select, type }`: `host` is null until there is a name that a host can have. `names` are null
// as long as not all are known.
function useChoice(asked, names) {
  const [chosen, select] = useKept("chosen", asked);
  const [typed, type] = useKept("typed");
  const selected = chosen === NEW_HOST || names?.includes(chosen) ? chosen : usualChoice(names);
  const host = selected === NEW_HOST ? typed : selected;
  return { selected, typed, select, type, host: isHostName(host) ? host : null };
}

// As `useState`; `asked` takes the place of what was kept.
function useKept(name, asked = null) {
  const [value, set] = useState(asked ?? kept[name]);
  const keep = (next) => {
    kept[name] = next;
    set(next);
  };
  return [value, keep];
}

// Where there is nothing to choose from.
function usualChoice(names) {
  if (names === null || names.length > 1) return "";
  return names[0] ?? NEW_HOST;
}

function hostNames(hosts, readings) {
  const names = [...(hosts ?? []).map(({ host }) => host), ...readings.map(({ item }) => item.host)];
  return [...new Set(names)].sort();
}
