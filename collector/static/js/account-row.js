// One account: a row of the table, a card on a phone.

import { html } from "./html.js";
import { MoreWindows } from "./more-windows.js";
import { StateCell, lookOf } from "./state-cell.js";
import { ageText } from "./times.js";
import { WindowBar } from "./window-bar.js";

const PROVIDERS = { codex: "Codex", anthropic: "Claude" };

export function AccountRow({ words, reading, mask, now }) {
  const { item } = reading;
  const shared = { words, now };
  return html`
    <tr role="row" class=${`account look-${lookOf(reading)} ${reading.needsHand ? "needs-hand" : ""}`} data-testid="account" data-host=${item.host}
      data-label=${mask.label(item.account_label)} data-state=${item.state} data-usable=${String(item.usable)}
      data-current=${String(reading.isCurrent)}>
      <th scope="row" role="rowheader" class="who"><${Who} reading=${reading} mask=${mask} /></th>
      <td role="cell" class="host">${item.host}</td>
      <td role="cell" class="plan"><${Plan} words=${words} reading=${reading} /></td>
      <td role="cell" class="five" data-head=${words.text("column.5h")}>
        <${WindowBar} ...${shared} window=${reading.fiveHours} />
      </td>
      <td role="cell" class="week" data-head=${words.text("column.weekly")}>
        <${WindowBar} ...${shared} window=${reading.weekly} />
        <${MoreWindows} ...${shared} windows=${reading.others} isOpen=${!reading.hasMainWindow} />
      </td>
      <td role="cell" class="how"><${StateCell} ...${shared} reading=${reading} mask=${mask} /></td>
      <td role="cell" class="age"><${Age} ...${shared} reading=${reading} /></td>
    </tr>
  `;
}

function Who({ reading, mask }) {
  const { item } = reading;
  const label = mask.label(item.account_label);
  const email = reading.email ?? reading.expectedEmail;
  const note = mask.text(item.registry?.note ?? "");
  return html`
    <span class="label" data-testid="label" title=${label}>${label}</span>
    ${email && html`<span class="email" data-testid="email" title=${mask.email(email)}>${mask.email(email)}</span>`}
    ${note && html`<span class="note" data-testid="note" title=${note}>${note}</span>`}
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
