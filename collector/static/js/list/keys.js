// The list by keyboard: / searches, j and k go down and up, Enter opens the account that has the focus, r updates it.

import { useEffect } from "../html.js";
import { useKeys } from "../keys.js";

// The row that was opened: who comes back goes on from there.
let openedKey = null;

export function useListKeys() {
  useEffect(() => {
    if (openedKey !== null) document.querySelector(`tr.account[data-key="${openedKey}"]`)?.focus();
    openedKey = null;
    addEventListener("click", rememberOpened);
    return () => removeEventListener("click", rememberOpened);
  }, []);
  useKeys({
    "/": () => document.getElementById("search")?.focus(),
    j: () => step(1),
    k: () => step(-1),
    Enter: openRow,
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

// On a button within the row, Enter presses the button.
function openRow({ target }) {
  if (!target.matches("tr.account")) return false;
  target.querySelector("a.label").click();
  return true;
}

function rememberOpened({ target }) {
  const row = target.closest?.("a.label")?.closest("tr.account");
  if (row) openedKey = row.dataset.key;
}

function focusedRow() {
  return document.activeElement?.closest("tr.account") ?? null;
}
