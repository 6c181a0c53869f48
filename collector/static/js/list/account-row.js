// One account: a row of the table, a card on a phone.

import { html } from "../html.js";
import { MoreWindows } from "./more-windows.js";
import { isOpen } from "../progress.js";
import { StateCell, lookOf } from "../state-cell.js";
import { ageText } from "../times.js";
import { UpdateButton } from "../update-button.js";
import { WindowBar } from "../window-bar.js";

const PROVIDERS = { codex: "Codex", anthropic: "Claude" };

export function AccountRow({ words, reading, mask, updates, leadsHost, now }) {
  const { item } = reading;
  const shared = { words, now };
  const entry = updates?.progress[reading.key] ?? null;
  return html`
    <tr role="row" class=${`account look-${lookOf(reading)} ${reading.needsHand ? "needs-hand" : ""}`} data-testid="account" data-host=${item.host}
      data-label=${mask.label(item.account_label)} data-state=${item.state} data-usable=${String(item.usable)}
      data-current=${String(reading.isCurrent)}>
      <th scope="row" role="rowheader" class="who"><${Who} words=${words} reading=${reading} mask=${mask} /></th>
      <td role="cell" class="host">
        <div class="with-update">
          <span>${item.host}</span>
          ${updates && leadsHost && html`<${UpdateHost} words=${words} updates=${updates} host=${item.host} />`}
        </div>
      </td>
      <td role="cell" class="plan"><${Plan} words=${words} reading=${reading} /></td>
      <td role="cell" class="five" data-head=${words.text("column.5h")}>
        <${WindowBar} ...${shared} window=${reading.fiveHours} />
      </td>
      <td role="cell" class="week" data-head=${words.text("column.weekly")}>
        <${WindowBar} ...${shared} window=${reading.weekly} />
        <${MoreWindows} ...${shared} windows=${reading.others} isOpen=${!reading.hasMainWindow} />
      </td>
      <td role="cell" class="how"><${StateCell} ...${shared} reading=${reading} mask=${mask} entry=${entry} /></td>
      <td role="cell" class="age">
        <div class="with-update">
          <div><${Age} ...${shared} reading=${reading} /></div>
          ${updates && html`<${UpdateAccount} ...${{ words, updates, reading, mask, entry }} />`}
        </div>
      </td>
    </tr>
  `;
}

function UpdateHost({ words, updates, host }) {
  const scope = `host ${host}`;
  return html`
    <${UpdateButton} label=${words.text("update.one", { name: host })} isIcon isBusy=${updates.isBusy(scope)}
      testId="update-host" press=${() => updates.ask(scope, { host })} />
  `;
}

function UpdateAccount({ words, updates, reading, mask, entry }) {
  const { host, account_label: label } = reading.item;
  const scope = `account ${reading.key}`;
  const isBusy = updates.isBusy(scope) || (entry !== null && isOpen(entry));
  return html`
    <${UpdateButton} label=${words.text("update.one", { name: mask.label(label) })} isIcon testId="update-account"
      isBusy=${isBusy} isTurning=${isBusy && reading.silentSince === null}
      press=${() => updates.ask(scope, { accounts: [{ host, account_label: label }] })} />
  `;
}

function Who({ words, reading, mask }) {
  const { item } = reading;
  const label = mask.label(item.account_label);
  const email = reading.email ?? reading.expectedEmail;
  const note = mask.text(item.registry?.note ?? "");
  const others = item.also_at.map(({ host, account_label: other }) => `${host}: ${mask.label(other)}`);
  return html`
    <span class="label" data-testid="label" title=${label}>${label}</span>
    ${email && html`<span class="email" data-testid="email" title=${mask.email(email)}>${mask.email(email)}</span>`}
    ${note && html`<span class="note" data-testid="note" title=${note}>${note}</span>`}
    ${others.length > 0 && html`
      <span class="also" data-testid="also-at" title=${words.text("also_at.meaning")}>
        ${words.text("also_at.text", { places: words.list(others) })}
      </span>
    `}
  `;
}

function Plan({ words, reading }) {
  const plan = reading.plan ?? reading.expectedPlan;
  const credits = creditsText(words, reading.credits);
  return html`
    <span>${PROVIDERS[reading.item.provider] ?? reading.item.provider}</span>
    ${plan && html`<span class="plan-name" data-testid="plan">${plan.replaceAll("_", " ")}</span>`}
    ${credits && html`<span class="credits" data-testid="credits">${credits}</span>`}
  `;
}

// Null where there are none: an account without credits is the normal case.
function creditsText(words, credits) {
  if (credits?.unlimited) return words.text("credits.unlimited");
  if (!credits?.hasCredits) return null;
  const amount = Number(credits.balance);
  if (credits.balance === null || credits.balance === undefined) return words.text("credits.some");
  return words.text("credits.balance", { amount: Number.isFinite(amount) ? amount : credits.balance });
}

function Age({ words, reading, now }) {
  const { readAt, attemptedAt, item, isCurrent } = reading;
  if (readAt === null && attemptedAt === null) return html`<span class="absent">–</span>`;
  const age = readAt === null ? words.text("age.never_read") : ageText(words, now - readAt);
  return html`
    <span class=${isCurrent ? "" : "past"} data-testid="age" title=${readAt === null ? undefined : words.moment(readAt)}>
      ${isCurrent || readAt === null ? age : words.text("age.read", { age })}
    </span>
    ${item.error && attemptedAt !== null && html`
      <span class="tried" data-testid="tried" title=${words.moment(attemptedAt)}>
        ${words.text("age.tried", { age: ageText(words, now - attemptedAt) })}
      </span>
    `}
  `;
}
