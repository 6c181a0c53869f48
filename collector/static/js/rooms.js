// The rooms of the page: the list, which opens first, and those that are fetched when somebody first goes there.

import { html, useEffect, useState } from "./html.js";
import { Room as ListRoom } from "./list/room.js";
import { Link } from "./route.js";

const RETRY_MILLISECONDS = 5_000;
// Each with a style sheet of its name. `admin` is for admins only.
const LATER_ROOMS = {
  account: () => import("./account/room.js"),
  hosts: () => import("./hosts/room.js"),
  add: () => import("./add/room.js"),
  admin: () => import("./admin/room.js"),
};
const ADDRESSES = { list: "/", hosts: "/fleet/hosts", add: "/fleet/add", admin: "/fleet/admin" };

// Null until it is there.
export function useRoom(name) {
  const [rooms, setRooms] = useState({ list: ListRoom });
  useEffect(() => {
    if (rooms[name]) return undefined;
    let timer = null;
    const load = () =>
      Promise.all([LATER_ROOMS[name](), loadStyle(name)]).then(
        ([{ Room }]) => setRooms((others) => ({ ...others, [name]: Room })),
        () => {
          timer = setTimeout(load, RETRY_MILLISECONDS);
        },
      );
    load();
    return () => clearTimeout(timer);
  }, [name]);
  return rooms[name] ?? null;
}

export function Navigation({ words, current, session }) {
  const names = Object.keys(ADDRESSES).filter((name) => name !== "admin" || session?.kind === "admin");
  return html`
    <nav aria-label=${words.text("nav")}>
      ${names.map((name) => html`
        <${Link} key=${name} to=${ADDRESSES[name]} aria-current=${name === current ? "page" : undefined}
          data-testid=${`nav-${name}`}>${words.text(`nav.${name}`)}</${Link}>
      `)}
    </nav>
  `;
}

// A sheet that failed to come is asked for again.
function loadStyle(name) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(`../css/${name}.css`, import.meta.url).href;
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      reject(new Error(`no style sheet for ${name}`));
    };
    document.head.append(link);
  });
}
