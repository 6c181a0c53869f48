// Which account it is, how it stands, and what to do next.

import { AgeCell } from "../age-cell.js";
import { html, useEffect, useRef } from "../html.js";
import { PlanCell } from "../plan-cell.js";
import { Link } from "../route.js";
import { StateCell, lookOf } from "../state-cell.js";
import { UpdateAccount, isAwaited } from "../update-account.js";

export function Head({ words, reading, mask, updates, now }) {
  const { item } = reading;
  const entry = updates?.progress[reading.key] ?? null;
  const buttons = updates && { ask: updates.ask, isBusy: isAwaited(updates, reading, entry) };
  const looks = ["account-head", `look-${lookOf(reading)}`, reading.needsHand && "needs-hand"];
  return html`
    <div class=${looks.filter(Boolean).join(" ")} data-testid="head" data-state=${item.state}>
      <p class="back"><${Link} to="/" data-testid="back">← ${words.text("account.all")}</${Link}></p>
      <div class="title">
        <${Title} label=${mask.label(item.account_label)} />
        ${buttons && html`<${UpdateAccount} ...${{ words, buttons, reading, mask }} />`}
      </div>
      <${StateCell} ...${{ words, reading, mask, entry, now }} />
      <${Facts} ...${{ words, reading, mask, now }} />
    </div>
  `;
}

// Those who listen hear where they are when the room opens.
function Title({ label }) {
  const heading = useRef(null);
  useEffect(() => heading.current.focus(), []);
  return html`<h2 tabindex="-1" ref=${heading} data-testid="label">${label}</h2>`;
}

function Facts({ words, reading, mask, now }) {
  const email = reading.email ?? reading.expectedEmail;
  const note = mask.text(reading.item.registry?.note ?? "");
  return html`
    <dl class="facts">
      <${Fact} name=${words.text("column.host")}>${reading.item.host}</${Fact}>
      <${Fact} name=${words.text("column.plan")}><${PlanCell} words=${words} reading=${reading} /></${Fact}>
      ${email && html`<${Fact} name=${words.text("account.email")}><span data-testid="email">${mask.email(email)}</span></${Fact}>`}
      ${note && html`<${Fact} name=${words.text("account.note")}><span data-testid="note">${note}</span></${Fact}>`}
      <${Fact} name=${words.text("column.age")}><${AgeCell} ...${{ words, reading, now }} /></${Fact}>
    </dl>
  `;
}

function Fact({ name, children }) {
  return html`<div><dt>${name}</dt><dd>${children}</dd></div>`;
}
