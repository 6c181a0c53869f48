// The page of all accounts: keeps what the collector last said, and shows it as it stands now.

import { AccountRow } from "./account-row.js";
import { signOut } from "./api.js";
import { ConnectionBanner, SiteBanners } from "./banners.js";
import { CollectorClock } from "./clock.js";
import { html, useEffect, useState } from "./html.js";
import { startPolling } from "./polling.js";
import { maskEmail, maskLabel, maskText } from "./privacy.js";
import { readItem } from "./reading.js";
import { Summary, titleText } from "./summary.js";
import { Toolbar } from "./toolbar.js";

const REDRAW_MILLISECONDS = 10_000;
// One lost answer is nothing to tell anybody about.
const FAILURES_BEFORE_BANNER = 2;
const COLUMNS = ["account", "host", "plan", "5h", "weekly", "state", "age"];
const clock = new CollectorClock();

export function Dashboard({ words, site, preferences, change }) {
  const { items, lost } = useLatest();
  const now = useNow();
  const readings = (items ?? []).map((item) => readItem(item, now));
  useEffect(() => {
    document.title = titleText(words, readings);
  });
  return html`
    <header class="top">
      <h1>Codex Status Fleet</h1>
      <${Toolbar} words=${words} preferences=${preferences} change=${change} leave=${leave} />
    </header>
    <${SiteBanners} words=${words} site=${site} />
    ${items?.length > 0 && html`<${Summary} words=${words} readings=${readings} />`}
    <main>
      ${items === null && html`<p class="empty">${words.text("loading")}</p>`}
      ${items?.length === 0 && html`<p class="empty" data-testid="empty">${words.text("empty")} <code>hostagent push</code></p>`}
      ${readings.length > 0 && html`
        <${AccountTable} words=${words} readings=${readings} isPrivate=${preferences.isPrivate} now=${now} />
      `}
    </main>
    <footer>Codex Status Fleet ${site.version}</footer>
    <${ConnectionBanner} words=${words} lost=${lost} />
  `;
}

function AccountTable({ words, readings, isPrivate, now }) {
  return html`
    <table role="table" class="accounts" data-testid="accounts">
      <caption class="for-readers">${words.text("caption")}</caption>
      <thead role="rowgroup">
        <tr role="row">
          ${COLUMNS.map((name) => html`<th key=${name} scope="col" role="columnheader">${words.text(`column.${name}`)}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${readings.map((reading) => html`
          <${AccountRow} key=${reading.key} words=${words} reading=${reading} mask=${maskOf(reading, isPrivate)} now=${now} />
        `)}
      </tbody>
    </table>
  `;
}

function maskOf({ email, expectedEmail }, isPrivate) {
  const asItIs = (text) => text;
  if (!isPrivate) return { email: asItIs, label: asItIs, text: asItIs };
  const emails = [email, expectedEmail];
  return {
    email: maskEmail,
    label: (label) => maskLabel(label, emails),
    text: (text) => maskText(text, emails),
  };
}

// `{ items, lost }`: items are null before the first answer, and stay as they were while the connection is lost.
function useLatest() {
  const [items, setItems] = useState(null);
  const [lost, setLost] = useState(null);
  useEffect(() => {
    let failures = 0;
    let heardAt = null;
    return startPolling({
      clock,
      onAnswer(answer) {
        failures = 0;
        heardAt = clock.now();
        setLost(null);
        if (answer !== null) setItems(answer);
      },
      onFailure() {
        failures += 1;
        if (heardAt === null || failures >= FAILURES_BEFORE_BANNER) setLost({ since: heardAt });
      },
      onSignedOut: goToLogin,
    });
  }, []);
  return { items, lost };
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
