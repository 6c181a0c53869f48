// The page of all accounts: keeps what the collector last said, and shows it as it stands now.

import { AccountTable } from "./account-table.js";
import { signOut } from "./api.js";
import { SiteBanners, StatusBanner } from "./banners.js";
import { CollectorClock } from "./clock.js";
import { html, useEffect, useState } from "./html.js";
import { useLive } from "./live.js";
import { readItem } from "./reading.js";
import { useRefreshes } from "./refreshes.js";
import { useMayRefresh } from "./session.js";
import { Summary, titleText } from "./summary.js";
import { Toolbar } from "./toolbar.js";

const REDRAW_MILLISECONDS = 10_000;
const clock = new CollectorClock();

export function Dashboard({ words, site, preferences, change }) {
  const { items, lost } = useLive(clock, goToLogin);
  const now = useNow();
  const readings = (items ?? []).map((item) => readItem(item, now));
  const silentHosts = new Set(readings.filter((reading) => reading.silentSince !== null).map(({ item }) => item.host));
  const refreshes = useRefreshes(silentHosts, goToLogin);
  const updates = useMayRefresh(goToLogin) && readings.length > 0 ? refreshes : null;
  useEffect(() => {
    document.title = titleText(words, readings);
  });
  return html`
    <header class="top">
      <h1>Codex Status Fleet</h1>
      <${Toolbar} words=${words} preferences=${preferences} change=${change} updates=${updates} leave=${leave} />
    </header>
    <${SiteBanners} words=${words} site=${site} />
    ${items?.length > 0 && html`<${Summary} words=${words} readings=${readings} />`}
    <main>
      ${items === null && html`<p class="empty">${words.text("loading")}</p>`}
      ${items?.length === 0 && html`<p class="empty" data-testid="empty">${words.text("empty")} <code>hostagent push</code></p>`}
      ${readings.length > 0 && html`
        <${AccountTable} words=${words} readings=${readings} updates=${updates} isPrivate=${preferences.isPrivate}
          now=${now} />
      `}
    </main>
    <footer>Codex Status Fleet ${site.version}</footer>
    <${StatusBanner} words=${words} lost=${lost} notice=${refreshes.notice} />
  `;
}

// Drawn again at least every ten seconds, so that ages grow without a request.
function useNow() {
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((count) => count + 1), REDRAW_MILLISECONDS);
    return () => clearInterval(timer);
  }, []);
  return clock.now();
}

async function leave() {
  await signOut().catch(() => null);
  goToLogin();
}

function goToLogin() {
  location.replace("/login");
}
