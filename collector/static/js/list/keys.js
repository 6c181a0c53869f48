// The list by keyboard: / searches, j and k go down and up, r updates the account that has the focus.

import { useKeys } from "../keys.js";

export function useListKeys() {
  useKeys({
    "/": () => document.getElementById("search")?.focus(),
    j: () => step(1),
    k: () => step(-1),
    r: () => focusedRow()?.querySelector('[data-testid="update-account"]')?.click(),
  });
}

function step(by) {
  const rows = [...document.querySelectorAll("tr.account")];
  const place = rows.indexOf(focusedRow());
  const next = rows[place < 0 ? (by > 0 ? 0 : rows.length - 1) : place + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function focusedRow() {
  return document.activeElement?.closest("tr.account") ?? null;
}
