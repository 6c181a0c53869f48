// The rooms of the page: the list, which opens first, and those that are fetched when somebody first goes there.

import { html, useEffect, useState } from "./html.js";
import { Room as ListRoom } from "./list/room.js";
import { Link } from "./route.js";

const RETRY_MILLISECONDS = 5_000;
const LATER_ROOMS = {
  account: { load: () => import("./account/room.js"), styles: ["../vendor/uplot/uPlot.min.css", "../css/account.css"] },
  hosts: { load: () => import("./hosts/room.js"), styles: ["../css/hosts.css"] },
  add: { load: () => import("./add/room.js"), styles: ["../css/add.css"] },
  admin: { load: () => import("./admin/room.js"), styles: ["../css/admin.css"] },
};
// `admin` is for admins only.
const ADDRESSES = { list: "/", hosts: "/fleet/hosts", add: "/fleet/add", admin: "/fleet/admin" };

// Null until it is there.
export function useRoom(name) {
  const [rooms, setRooms] = useState({ list: ListRoom });
  useEffect(() => {
    if (rooms[name]) return undefined;
    let timer = null;
    const load = () =>
      Promise.all([LATER_ROOMS[name].load(), ...LATER_ROOMS[name].styles.map(loadStyle)]).then(
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
function loadStyle(path) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(path, import.meta.url).href;
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      reject(new Error(`no style sheet ${path}`));
    };
    document.head.append(link);
  });
}
