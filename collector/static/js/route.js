// Which room of the page is open. The address alone knows: it can be kept, sent, and gone back from.

import { html, useEffect, useState } from "./html.js";

// What stands in an address under a name of its own: hosts and labels hold nothing that would have to be escaped.
const PATTERNS = {
  list: /^\/$/,
  account: /^\/fleet\/accounts\/(?<host>[^/]+)\/(?<label>[^/]+)$/,
  hosts: /^\/fleet\/hosts$/,
  add: /^\/fleet\/add$/,
  admin: /^\/fleet\/admin$/,
};
const CHANGED = "csf:route";

// `{ room, query }` and what the pattern names. `query` is what stands behind the question mark; an address that leads
// nowhere shows the list.
export function readRoute({ pathname, search } = location) {
  const query = new URLSearchParams(search);
  for (const [room, pattern] of Object.entries(PATTERNS)) {
    const match = pattern.exec(pathname);
    if (match) return { room, query, ...match.groups };
  }
  return { room: "list", query };
}

export function useRoute() {
  const [route, setRoute] = useState(() => readRoute());
  useEffect(() => {
    const follow = () => setRoute(readRoute());
    addEventListener("popstate", follow);
    addEventListener(CHANGED, follow);
    // A room inside may have changed the address before anybody listened.
    follow();
    return () => {
      removeEventListener("popstate", follow);
      removeEventListener(CHANGED, follow);
    };
  }, []);
  return route;
}

// `isReplaced`: the address changes without a step to go back to, as while somebody types.
export function go(address, { isReplaced = false } = {}) {
  if (isReplaced) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  dispatchEvent(new Event(CHANGED));
}

export function accountAddress({ host, account_label: label }) {
  return `/fleet/accounts/${host}/${label}`;
}

// A link within the page; a click with a modifier opens another tab, as everywhere.
export function Link({ to, children, ...attributes }) {
  const follow = (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
    scrollTo(0, 0);
  };
  return html`<a href=${to} onClick=${follow} ...${attributes}>${children}</a>`;
}
