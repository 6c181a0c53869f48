// All accounts, one row each.

import { AccountRow } from "./account-row.js";
import { html } from "../html.js";
import { maskOf } from "../privacy.js";

const COLUMNS = ["account", "host", "plan", "5h", "weekly", "state", "age"];

// `updates` is null for somebody who may not ask for fresh readings.
export function AccountTable({ words, readings, updates, isPrivate, now }) {
  const leaders = findLeaders(readings);
  return html`
    <table role="table" class="accounts" data-testid="accounts">
      <caption class="for-readers">${words.text("caption")}</caption>
      <thead role="rowgroup">
        <tr role="row">
          ${COLUMNS.map((name) => html`<th key=${name} scope="col" role="columnheader">${words.text(`column.${name}`)}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${readings.map((reading) => html`
          <${AccountRow} key=${reading.key} words=${words} reading=${reading} mask=${maskOf(reading, isPrivate)}
            updates=${updates} leadsHost=${leaders.has(reading.key)} now=${now} />
        `)}
      </tbody>
    </table>
  `;
}

// The first account of each host, if there are several hosts: there stands what is for the host as a whole.
function findLeaders(readings) {
  const leaders = new Map();
  for (const { key, item } of readings) if (!leaders.has(item.host)) leaders.set(item.host, key);
  return new Set(leaders.size > 1 ? leaders.values() : []);
}
