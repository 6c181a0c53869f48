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

// `{ Room, isFailing }`: the room is null until it is there.
export function useRoom(name) {
  const [rooms, setRooms] = useState({ list: ListRoom });
  const [isFailing, setFailing] = useState(false);
  useEffect(() => {
    if (rooms[name]) return undefined;
    let isWanted = true;
    let timer = null;
    const load = () => {
      loadRoom(LATER_ROOMS[name]).then(
        ({ Room }) => setRooms((others) => ({ ...others, [name]: Room })),
        () => {
          if (!isWanted) return;
          setFailing(true);
          timer = setTimeout(load, RETRY_MILLISECONDS);
        },
      );
    };
    load();
    return () => {
      isWanted = false;
      clearTimeout(timer);
      setFailing(false);
    };
  }, [name]);
  return { Room: rooms[name] ?? null, isFailing };
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

async function loadRoom({ load, styles }) {
  const [room] = await Promise.all([load(), ...styles.map(loadStyle)]);
  return room;
}

// Each once; only one that failed to come is asked for again.
const sheets = new Map();

function loadStyle(path) {
  if (!sheets.has(path)) sheets.set(path, addStyle(path));
  return sheets.get(path);
}

function addStyle(path) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(path, import.meta.url).href;
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      sheets.delete(path);
      reject(new Error(`no style sheet ${path}`));
    };
    document.head.append(link);
  });
}
