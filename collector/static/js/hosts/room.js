// The machines that report here, and how they are.

import { html } from "../html.js";
import { initCommand, tokenCommand } from "../joining.js";
import { isOpen } from "../progress.js";
import { HostCard } from "./host-card.js";
import { useHosts } from "./live-hosts.js";

const STATES = ["online", "late", "silent", "never"];
// One lost answer is nothing to tell anybody about.
const FAILURES_BEFORE_NOTE = 2;

export function Room({ words, items, readings, updates, preferences, now, goToLogin }) {
  const { hosts, heardAt, failures } = useHosts(items, goToLogin);
  if (hosts === null) {
    return html`<p class="empty" role="status" data-testid="no-hosts">${words.text(failures > 0 ? "hosts.failing" : "loading")}</p>`;
  }
  const shared = { words, hosts, updates, now, isPrivate: preferences.isPrivate };
  return html`
    <div class="room-head">
      <h2>${words.text("nav.hosts")}</h2>
      <p data-testid="host-counts">${countsText(words, hosts)}</p>
    </div>
    <p class=${failures < FAILURES_BEFORE_NOTE ? "for-readers" : "banner warning"} role="status" data-testid="hosts-lost">
      ${failures >= FAILURES_BEFORE_NOTE && words.text("hosts.lost", { time: words.clockTime(heardAt) })}
    </p>
    ${hosts.length === 0 ? html`<${NoHost} words=${words} />` : html`
      <ul class="hosts" data-testid="hosts">
        ${hosts.map((host) => {
          const own = readings.filter(({ item }) => item.host === host.host);
          return html`<${HostCard} key=${host.host} ...${shared} host=${host} readings=${own} wish=${wishOf(updates, own)} />`;
        })}
      </ul>
    `}
  `;
}

function NoHost({ words }) {
  return html`
    <div class="empty" data-testid="empty">
      <p>${words.text("hosts.empty_collector")} <code>${tokenCommand()}</code></p>
      <p>${words.text("hosts.empty_host")} <code>${initCommand()}</code></p>
    </div>
  `;
}

function countsText(words, hosts) {
  const counts = STATES.map((state) => [state, hosts.filter((host) => host.state === state).length]);
  const present = counts.filter(([, count]) => count > 0);
  return present.map(([state, count]) => words.text(`hosts.${state}`, { count })).join(" · ");
}

// `{ entry, item }`: of the host's wishes the one that is furthest from its end, or from a good one.
function wishOf(updates, readings) {
  const wishes = readings.map(({ key, item }) => ({ entry: updates?.progress[key], item })).filter(({ entry }) => entry);
  const isUnanswered = ({ entry }) => entry.status !== "answered";
  const order = [({ entry }) => isOpen(entry), isUnanswered, ({ item }) => item.error, () => true];
  return order.map((isMeant) => wishes.find(isMeant)).find(Boolean) ?? null;
}
