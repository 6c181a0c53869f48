// The room that opens first: what matters now, and all accounts.

import { html, useEffect, useRef, useState } from "../html.js";
import { maskOf } from "../privacy.js";
import { go } from "../route.js";
import { AccountTable } from "./account-table.js";
import { Controls } from "./controls.js";
import { Highlights } from "./highlights.js";
import { useListKeys } from "./keys.js";
import { sortReadings } from "./order.js";
import { findReadings, listAddress, readView, rememberView, rememberedAddress } from "./view.js";

export function Room({ words, route, items, readings, updates, preferences, change, now }) {
  const view = useView(route);
  const { ordered, isOutdated, sortAgain } = useOrder(readings, view.sort);
  const found = findReadings(ordered, view, (reading) => shownTexts(reading, preferences.isPrivate));
  useListKeys();
  if (items === null) return html`<p class="empty">${words.text("loading")}</p>`;
  if (items.length === 0) {
    return html`<p class="empty" data-testid="empty">${words.text("empty")} <code>hostagent push</code></p>`;
  }
  return html`
    <${Highlights} words=${words} readings=${readings} isPrivate=${preferences.isPrivate} now=${now} />
    <${Controls} ...${{ words, view, readings, preferences, change }} shownCount=${found.length}
      sortAgain=${isOutdated ? sortAgain : null} />
    ${found.length === 0
      ? html`<p class="empty" data-testid="none-found">${words.text("find.none")}</p>`
      : html`<${AccountTable} ...${{ words, updates, preferences, now }} readings=${found} group=${view.group} />`}
  `;
}

// An address that says nothing opens the list as it was looked at last.
function useView(route) {
  const view = readView(route.query);
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current && route.query.size === 0) go(rememberedAddress(), { isReplaced: true });
    else rememberView(view);
    isFirst.current = false;
  }, [listAddress(view)]);
  return view;
}

// Rows keep their place while their numbers change: the order is made anew when somebody asks for one, or accounts come
// and go. `isOutdated`: it would be another one by now.
function useOrder(readings, sort) {
  const [turn, setTurn] = useState(0);
  const held = useRef(null);
  const keys = sortReadings(readings, sort).map(({ key }) => key);
  const reason = [sort, turn, ...[...keys].sort()].join(" ");
  if (held.current?.reason !== reason) held.current = { reason, keys };
  const places = new Map(held.current.keys.map((key, place) => [key, place]));
  return {
    ordered: [...readings].sort((a, b) => places.get(a.key) - places.get(b.key)),
    isOutdated: keys.some((key, place) => key !== held.current.keys[place]),
    sortAgain: () => setTurn((number) => number + 1),
  };
}

// What is hidden cannot be searched for: who looks over a shoulder would learn it from what is found.
function shownTexts(reading, isPrivate) {
  const mask = maskOf(reading, isPrivate);
  const { item, email, expectedEmail, plan } = reading;
  const emails = [email, expectedEmail].filter(Boolean).map(mask.email);
  return [mask.label(item.account_label), item.host, item.provider, plan ?? "", mask.text(item.registry?.note ?? ""), ...emails];
}
