// All accounts that are looked for, one row each, in groups where somebody wants groups.

import { html, useMemo } from "../html.js";
import { maskOf } from "../privacy.js";
import { isAwaited } from "../update-account.js";
import { AccountRow } from "./account-row.js";
import { groupReadings } from "./order.js";

const COLUMNS = ["account", "host", "plan", "5h", "weekly", "state", "age"];

// `updates` is null for somebody who may not ask for fresh readings.
export function AccountTable({ words, readings, updates, preferences, group, now }) {
  const leaders = findLeaders(readings);
  return html`
    <table role="table" class="accounts" data-testid="accounts">
      <caption class="for-readers">${words.text("caption")}</caption>
      <thead role="rowgroup">
        <tr role="row">
          ${COLUMNS.map((name) => html`<th key=${name} scope="col" role="columnheader">${words.text(`column.${name}`)}</th>`)}
        </tr>
      </thead>
      ${groupReadings(readings, group).map(([name, members]) => html`
        <tbody key=${name} role="rowgroup">
          ${name !== "" && html`<${GroupHead} key="head" words=${words} name=${name} members=${members} />`}
          ${members.map((reading) => html`
            <${RestingRow} key=${reading.key} ...${{ words, reading, updates, preferences, now }}
              leadsHost=${leaders.has(reading.key)} />
          `)}
        </tbody>
      `)}
    </table>
  `;
}

// Drawn again only when something of it has changed: of hundreds of rows a change touches a few.
function RestingRow({ words, reading, updates, preferences, now, leadsHost }) {
  const { isPrivate, isUsed } = preferences;
  const entry = updates?.progress[reading.key] ?? null;
  const isBusy = isAwaited(updates, reading, entry);
  const isHostBusy = leadsHost && updates !== null && updates.isBusy(`host ${reading.item.host}`);
  return useMemo(() => {
    const mask = maskOf(reading, isPrivate);
    const buttons = updates && { ask: updates.ask, isBusy, isHostBusy, leadsHost };
    return html`<${AccountRow} ...${{ words, reading, mask, entry, buttons, isUsed, now }} />`;
  }, [words, reading.item, entry, updates === null, isBusy, isHostBusy, leadsHost, isPrivate, isUsed, now]);
}

function GroupHead({ words, name, members }) {
  const usable = members.filter(({ item }) => item.usable).length;
  return html`
    <tr role="row" class="group-head" data-testid="group">
      <th role="rowheader" scope="rowgroup" colspan=${COLUMNS.length}>
        ${words.nameOf("provider", name)}
        <span>${words.text("group.usable", { count: usable, total: members.length })}</span>
      </th>
    </tr>
  `;
}

// The first account of each host, if there are several hosts: there stands what is for the host as a whole.
function findLeaders(readings) {
  const leaders = new Map();
  for (const { key, item } of readings) if (!leaders.has(item.host)) leaders.set(item.host, key);
  return new Set(leaders.size > 1 ? leaders.values() : []);
}
