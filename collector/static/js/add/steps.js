// What to type on the host, in this order.

import { CopyButton } from "../copy-button.js";
import { html } from "../html.js";
import { initCommand, tokenCommand } from "../joining.js";
import { maskEmail } from "../privacy.js";
import { Link } from "../route.js";
import { addCommand } from "./commands.js";

export function Steps({ words, accounts, host, isNew, isPrivate, session }) {
  if (host === null) return html`<p class="hint" data-testid="no-host">${words.text("add.no_host")}</p>`;
  const shown = addCommand(accounts, isPrivate ? maskEmail : undefined);
  return html`
    <ol class="steps" data-testid="steps">
      ${isNew && html`<${Join} words=${words} host=${host} session=${session} />`}
      <${Step} words=${words} name="do" text=${words.text("add.do", { host })} command=${addCommand(accounts)} shown=${shown} />
      <${Step} words=${words} name="login" text=${words.text("add.login")} command="hostagent login --all" />
      ${isNew && html`<${Step} words=${words} name="stay" text=${words.text("add.stay")} command="hostagent install-service" />`}
    </ol>
  `;
}

function Join({ words, host, session }) {
  return html`
    <${Step} words=${words} name="join" text=${words.text("add.join", { host })} command=${initCommand(host)}>
      <p class="hint">
        ${words.text("add.token")}${" "}
        ${session?.kind === "admin"
          ? html`<${Link} to="/fleet/admin">${words.text("add.token_admin")}</${Link}>`
          : html`<code>${tokenCommand(host)}</code>`}
      </p>
    </${Step}>
  `;
}

function Step({ words, name, text, command, shown = command, children }) {
  return html`
    <li data-testid=${`step-${name}`}>
      <p>${text}</p>
      <${CopyButton} words=${words} command=${command} shown=${shown} name=${text} />
      ${children}
    </li>
  `;
}

export function ClaudeKeys({ words }) {
  const command = "hostagent add-key";
  return html`
    <section class="claude" data-testid="claude">
      <h2>${words.text("add.claude")}</h2>
      <p>${words.text("add.claude_do")} <${CopyButton} words=${words} command=${command} shown=${command} /></p>
      <p class="hint">${words.text("add.claude_why")}</p>
    </section>
  `;
}
