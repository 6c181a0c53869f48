// The frame around every room of the page: keeps what the collector last said, and gives it to the room that is open.

import { signOut } from "./api.js";
import { SiteBanners, StatusBanner } from "./banners.js";
import { CollectorClock } from "./clock.js";
import { html, useEffect, useState } from "./html.js";
import { KeyHelp } from "./keys.js";
import { Room as ListRoom } from "./list/room.js";
import { useLive } from "./live.js";
import { readItem } from "./reading.js";
import { useRefreshes } from "./refreshes.js";
import { Link, useRoute } from "./route.js";
import { useSession } from "./session.js";
import { Toolbar } from "./toolbar.js";

const REDRAW_MILLISECONDS = 10_000;
const RETRY_MILLISECONDS = 5_000;
// Fetched when somebody first goes there: the list, which opens first, does not wait for them.
const LATER_ROOMS = {};
const clock = new CollectorClock();

export function Dashboard({ words, site, preferences, change }) {
  const route = useRoute();
  const session = useSession(goToLogin);
  const { items, lost } = useLive(clock, goToLogin);
  const now = useNow(items !== null);
  const readings = (items ?? []).map((item) => readItem(item, now));
  const silentHosts = new Set(readings.filter((reading) => reading.silentSince !== null).map(({ item }) => item.host));
  const refreshes = useRefreshes(silentHosts, goToLogin);
  const updates = session !== null && !session.read_only && readings.length > 0 ? refreshes : null;
  const Room = useRoom(route.room);
  useEffect(() => {
    document.title = titleText(words, readings);
  });
  return html`
    <header class="top">
      <h1><${Link} to="/">Codex Status Fleet</${Link}></h1>
      <${Toolbar} words=${words} preferences=${preferences} change=${change} updates=${updates} leave=${leave} />
    </header>
    <${SiteBanners} words=${words} site=${site} />
    <main>
      ${Room && html`
        <${Room} ...${{ words, route, session, items, readings, updates, preferences, change, now, goToLogin }} />
      `}
    </main>
    <footer>Codex Status Fleet ${site.version} <${KeyHelp} words=${words} keys=${["/", "j", "k", "r", "?"]} /></footer>
    <${StatusBanner} words=${words} lost=${lost} notice=${refreshes.notice} />
  `;
}

// Null until it is there.
function useRoom(name) {
  const [rooms, setRooms] = useState({ list: ListRoom });
  useEffect(() => {
    if (rooms[name]) return undefined;
    let timer = null;
    const load = () =>
      LATER_ROOMS[name]().then(
        ({ Room }) => setRooms((others) => ({ ...others, [name]: Room })),
        () => {
          timer = setTimeout(load, RETRY_MILLISECONDS);
        },
      );
    load();
    return () => clearTimeout(timer);
  }, [name]);
  return rooms[name] ?? null;
}

function titleText(words, readings) {
  const count = readings.filter((reading) => reading.needsHand).length;
  return count === 0 ? words.text("title") : words.text("title.hands", { count });
}

// The collector's time, every ten seconds: ages grow without a request, and between two of them nothing is drawn anew
// that has not changed. `isKnown`: the collector has told its time.
function useNow(isKnown) {
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    const tick = () => setNow(clock.now());
    tick();
    const timer = setInterval(tick, REDRAW_MILLISECONDS);
    return () => clearInterval(timer);
  }, [isKnown]);
  return now;
}

async function leave() {
  await signOut().catch(() => null);
  goToLogin();
}

function goToLogin() {
  location.replace("/login");
}
