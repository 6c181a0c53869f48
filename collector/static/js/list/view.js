// How somebody looks at the list: what is searched for, filtered, sorted and grouped. It stands in the address, so that it
// can be sent to others, and is remembered. Pure, but for what is remembered.

import { lookOf } from "../state-cell.js";

export const SORTS = ["attention", "label", "room", "reset", "age"];
export const GROUPS = ["none", "host", "provider"];
// What a filter by state can ask for besides the looks of an account.
export const USABLE = "usable";
export const NEEDS_HAND = "needs_hand";

const USUAL = { text: "", state: "", provider: "", host: "", sort: "attention", group: "none" };
const REMEMBERED = "csf.view";

// From the query of an address; what it says nothing about is as usual.
export function readView(query) {
  const view = { ...USUAL };
  for (const name of Object.keys(USUAL)) if (query.has(name)) view[name] = query.get(name);
  if (!SORTS.includes(view.sort)) view.sort = USUAL.sort;
  if (!GROUPS.includes(view.group)) view.group = USUAL.group;
  return view;
}

// The list's address for a view, or for some of it.
export function listAddress(view) {
  const entries = Object.entries({ ...USUAL, ...view }).filter(([name, value]) => value !== USUAL[name]);
  const query = new URLSearchParams(entries).toString();
  return query ? `/?${query}` : "/";
}

export function isFiltered(view) {
  return ["text", "state", "provider", "host"].some((name) => view[name] !== "");
}

export function rememberView(view) {
  try {
    localStorage.setItem(REMEMBERED, listAddress({ ...view, text: "" }));
  } catch {
    // Storage is closed to us: the address still tells.
  }
}

export function rememberedAddress() {
  try {
    return localStorage.getItem(REMEMBERED) ?? "/";
  } catch {
    return "/";
  }
}

// `shown(reading)`: the texts of a reading that are on the page; what is hidden cannot be searched for.
export function findReadings(readings, view, shown) {
  const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
  return readings.filter((reading) => {
    if (view.host && reading.item.host !== view.host) return false;
    if (view.provider && reading.item.provider !== view.provider) return false;
    if (view.state && !isInState(reading, view.state)) return false;
    const text = words.length > 0 ? shown(reading).join("\n").toLowerCase() : "";
    return words.every((word) => text.includes(word));
  });
}

function isInState(reading, state) {
  if (state === USABLE) return reading.item.usable;
  if (state === NEEDS_HAND) return reading.needsHand;
  return lookOf(reading) === state;
}
