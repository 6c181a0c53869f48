// Making a token. It is shown once: neither the collector nor this page can show it again.

import { SignedOut } from "../api.js";
import { CopyButton } from "../copy-button.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { initCommand } from "../joining.js";
import { faultOf } from "./confirmation.js";
import { makeToken } from "./requests.js";
import { tokenName } from "./token-name.js";

const KINDS = ["agent", "viewer", "admin"];
// As the collector has it.
const HOST_PATTERN = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}";

export function NewToken({ words, goToLogin, onMade }) {
  const [made, setMade] = useState(null);
  const take = (token) => {
    setMade(token);
    onMade();
  };
  const putAway = () => {
    setMade(null);
    document.getElementById("tokens").focus();
  };
  if (made) return html`<${ShownOnce} words=${words} made=${made} putAway=${putAway} />`;
  return html`<${TokenForm} words=${words} goToLogin=${goToLogin} onMade=${take} />`;
}

function TokenForm({ words, goToLogin, onMade }) {
  const [kind, setKind] = useState("agent");
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState(null);
  const make = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    const { host, read_only: readOnly } = event.currentTarget.elements;
    setBusy(true);
    setFault(null);
    try {
      onMade(await makeToken({ kind, host: host?.value ?? null, read_only: readOnly?.checked ?? false }));
    } catch (error) {
      if (error instanceof SignedOut) goToLogin();
      else setFault(faultOf(words, {}, error));
      setBusy(false);
    }
  };
  return html`
    <form class="new-token" data-testid="new-token" onSubmit=${make}>
      <label class="choice">
        <span>${words.text("token.for")}</span>
        <select value=${kind} data-testid="kind" onChange=${(event) => setKind(event.currentTarget.value)}>
          ${KINDS.map((name) => html`<option key=${name} value=${name}>${words.text(`token.for.${name}`)}</option>`)}
        </select>
      </label>
      ${kind === "agent" && html`<${HostField} words=${words} />`}
      ${kind === "viewer" && html`
        <label class="tick"><input type="checkbox" name="read_only" data-testid="read-only" />${words.text("token.read_only")}</label>
      `}
      <button type="submit" class="primary" aria-disabled=${String(isBusy)} data-testid="make">${words.text("token.make")}</button>
      <div role="alert">${fault && html`<p class="fault">${fault.text}</p>`}</div>
    </form>
  `;
}

function HostField({ words }) {
  return html`
    <label class="choice">
      <span>${words.text("token.host")}</span>
      <input name="host" required pattern=${HOST_PATTERN} title=${words.text("token.host_rule")} placeholder="mac-mini"
        autocomplete="off" autocapitalize="none" spellcheck=${false} data-testid="host" />
    </label>
  `;
}

function ShownOnce({ words, made, putAway }) {
  const heading = useRef(null);
  useEffect(() => heading.current.focus(), []);
  const command = initCommand(made.host);
  return html`
    <div class="shown-once" data-testid="shown-once">
      <h3 ref=${heading} tabindex="-1">${tokenName(words, made)}</h3>
      <p>${words.text("token.once")}</p>
      <${CopyButton} words=${words} command=${made.token} shown=${made.token} />
      ${made.kind === "agent" && html`
        <p>${words.text("token.on_host", { host: made.host })}</p>
        <${CopyButton} words=${words} command=${command} shown=${command} />
      `}
      <button type="button" data-testid="put-away" onClick=${putAway}>${words.text("token.put_away")}</button>
    </div>
  `;
}
