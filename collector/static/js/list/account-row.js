// One account: a row of the table, a card on a phone.

import { AgeCell } from "../age-cell.js";
import { html } from "../html.js";
import { useNews } from "../news.js";
import { PlanCell } from "../plan-cell.js";
import { Link, accountAddress } from "../route.js";
import { StateCell, lookOf } from "../state-cell.js";
import { UpdateAccount } from "../update-account.js";
import { UpdateHost } from "../update-button.js";
import { WindowBar } from "../window-bar.js";
import { MoreWindows } from "./more-windows.js";

// `buttons` is null for somebody who may not ask for fresh readings. `entry`: how far a wish for one has come, or null.
export function AccountRow({ words, reading, mask, entry, buttons, isUsed, now }) {
  const { item } = reading;
  const shared = { words, now };
  const isNews = useNews(numbersOf(reading));
  const looks = ["account", `look-${lookOf(reading)}`, reading.needsHand && "needs-hand", isNews && "news"];
  return html`
    <tr role="row" class=${looks.filter(Boolean).join(" ")} tabindex="-1" data-testid="account" data-host=${item.host}
      data-key=${reading.key} data-label=${mask.label(item.account_label)} data-state=${item.state}
      data-usable=${String(item.usable)} data-current=${String(reading.isCurrent)}>
      <th scope="row" role="rowheader" class="who"><${Who} words=${words} reading=${reading} mask=${mask} /></th>
      <td role="cell" class="host">
        <div class="with-update">
          <span>${item.host}</span>
          ${buttons?.leadsHost && html`
            <${UpdateHost} words=${words} host=${item.host} isBusy=${buttons.isHostBusy} ask=${buttons.ask} />
          `}
        </div>
      </td>
      <td role="cell" class="plan"><${PlanCell} words=${words} reading=${reading} /></td>
      <td role="cell" class="five" data-head=${words.text("column.5h")}>
        <${WindowBar} ...${shared} window=${reading.fiveHours} isUsed=${isUsed} />
      </td>
      <td role="cell" class="week" data-head=${words.text("column.weekly")}>
        <${WindowBar} ...${shared} window=${reading.weekly} isUsed=${isUsed} />
        <${MoreWindows} ...${shared} windows=${reading.others} isOpen=${!reading.hasMainWindow} isUsed=${isUsed} />
      </td>
      <td role="cell" class="how"><${StateCell} ...${shared} reading=${reading} mask=${mask} entry=${entry} /></td>
      <td role="cell" class="age">
        <div class="with-update">
          <div><${AgeCell} ...${shared} reading=${reading} /></div>
          ${buttons && html`<${UpdateAccount} ...${{ words, buttons, reading, mask }} isIcon />`}
        </div>
      </td>
    </tr>
  `;
}

// What makes an account look different: when it changes, somebody may want to see that it did.
function numbersOf({ item, fiveHours, weekly, others }) {
  return [item.state, ...[fiveHours, weekly, ...others].map(({ kind, left }) => `${kind} ${left}`)].join();
}

function Who({ words, reading, mask }) {
  const { item } = reading;
  const label = mask.label(item.account_label);
  const email = reading.email ?? reading.expectedEmail;
  const note = mask.text(item.registry?.note ?? "");
  const others = item.also_at.map(({ host, account_label: other }) => `${host}: ${mask.label(other)}`);
  return html`
    <${Link} class="label" to=${accountAddress(item)} data-testid="label" title=${label}>${label}</${Link}>
    ${email && html`<span class="email" data-testid="email" title=${mask.email(email)}>${mask.email(email)}</span>`}
    ${note && html`<span class="note" data-testid="note" title=${note}>${note}</span>`}
    ${others.length > 0 && html`
      <span class="also" data-testid="also-at" title=${words.text("also_at.meaning")}>
        ${words.text("also_at.text", { places: words.list(others) })}
      </span>
    `}
  `;
}
