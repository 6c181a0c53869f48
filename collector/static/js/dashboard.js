// The frame around every room of the page: keeps what the collector last said, and gives it to the room that is open.

import { signOut } from "./api.js";
import { SiteBanners, StatusBanner } from "./banners.js";
import { CollectorClock } from "./clock.js";
import { html, useEffect, useState } from "./html.js";
import { KeyHelp } from "./keys.js";
import { useLive } from "./live.js";
import { keepPlace } from "./place.js";
import { readItem } from "./reading.js";
import { useRefreshes } from "./refreshes.js";
import { Navigation, useRoom } from "./rooms.js";
import { Link, useRoute } from "./route.js";
import { useSession } from "./session.js";
import { Toolbar } from "./toolbar.js";

const REDRAW_MILLISECONDS = 10_000;
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
  const { Room, isFailing } = useRoom(route.room);
  useEffect(() => {
    document.title = titleText(words, readings);
  });
  return html`
    <header class="top">
      <h1><${Link} to="/">Codex Status Fleet</${Link}></h1>
      <${Navigation} words=${words} current=${route.room} session=${session} />
      <${Toolbar} words=${words} preferences=${preferences} change=${change} updates=${updates} leave=${leave} />
    </header>
    <main>
      <${SiteBanners} words=${words} site=${site} />
      ${Room
        ? html`<${Room} ...${{ words, route, session, items, readings, updates, preferences, change, now, goToLogin }} />`
        : html`<p class="empty" role="status">${words.text(isFailing ? "connection.none" : "loading")}</p>`}
    </main>
    <footer>Codex Status Fleet ${site.version} <${KeyHelp} words=${words} keys=${["/", "j", "k", "Enter", "Escape", "r", "?"]} /></footer>
    <${StatusBanner} words=${words} lost=${lost} notice=${refreshes.notice} />
  `;
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
    // A hidden tab has nobody to draw for, and catches up when it is seen again.
    const tick = () => document.hidden || setNow(clock.now());
    tick();
    const timer = setInterval(tick, REDRAW_MILLISECONDS);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [isKnown]);
  return now;
}

async function leave() {
  await signOut().catch(() => null);
  goToLogin();
}

// Signing in leads back to where somebody wanted to go.
function goToLogin() {
  keepPlace();
  location.replace("/login");
}
