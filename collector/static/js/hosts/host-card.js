// One host: how it stands, what its agent said of itself, and what waits there.

import { html } from "../html.js";
import { Icon } from "../icons.js";
import { listAddress } from "../list/view.js";
import { Link } from "../route.js";
import { durationText, parseTime } from "../times.js";
import { UpdateHost } from "../update-button.js";
import { UpdateProgress } from "../update-progress.js";
import { Moment } from "./moment.js";
import { NeverHeard, Silence } from "./silence.js";
import { findNewer } from "./versions.js";

// As an account in such a state looks.
const LOOKS = { online: "ok", late: "pending", silent: "stale", never: "pending" };
// A smaller difference of clocks is corrected, and nobody would notice it.
const SKEW_SECONDS = 60;

export function HostCard({ words, host, hosts, readings, wish, updates, isPrivate, now }) {
  return html`
    <li class=${`host-card ${host.state}`} data-testid="host" data-host=${host.host} data-state=${host.state}>
      <div class="host-head">
        <h3>${host.host}</h3>
        <${Standing} ...${{ words, host, wish }} />
        ${updates && host.accounts > 0 && html`
          <${UpdateHost} words=${words} host=${host.host} isBusy=${updates.isBusy(`host ${host.host}`)} ask=${updates.ask} />
        `}
      </div>
      ${host.state !== "never" && html`<dl>${factsOf(words, host, hosts, now).map(([name, text]) => html`<${Fact} key=${name} ...${{ words, name, text }} />`)}</dl>`}
      ${host.state === "silent" && html`<${Silence} ...${{ words, host, readings, isPrivate, now }} />`}
      ${host.state === "never" && html`<${NeverHeard} words=${words} host=${host} />`}
    </li>
  `;
}

function Standing({ words, host, wish }) {
  const look = LOOKS[host.state];
  return html`
    <div class=${`state ${look}`}>
      <p class="standing">
        <${Icon} name=${look} /><span data-testid="host-state">${words.text(`host.state.${host.state}`)}</span>
        ${wish && html`<${UpdateProgress} words=${words} ...${wish} isSilent=${host.state === "silent"} />`}
      </p>
    </div>
  `;
}

function Fact({ words, name, text }) {
  return html`<div class=${`fact-${name}`}><dt>${words.text(`host.${name}`)}</dt><dd data-testid=${`host-${name}`}>${text}</dd></div>`;
}

// What is as it should be and would only fill the page is left out: what was dropped, and the clock.
function factsOf(words, host, hosts, now) {
  return [
    ["contact", html`<${Moment} words=${words} at=${parseTime(host.last_contact_at)} now=${now} />`],
    ["accounts", html`<${Accounts} words=${words} host=${host} />`],
    ["agent", html`<${Version} ...${{ words, host, hosts }} name="agent_version" />`],
    ["codex", html`<${Version} ...${{ words, host, hosts }} name="codex_version" />`],
    ["platform", host.platform ?? words.text("host.unsaid")],
    ["reads", readsText(words, host)],
    ["waiting", waitingText(words, host)],
    host.dropped > 0 && ["dropped", html`<strong class="warned">${words.text("host.readings", { count: host.dropped })}</strong>`],
    isSkewed(host) && ["clock", html`<strong class="warned">${skewText(words, host)}</strong>`],
  ].filter(Boolean);
}

function Accounts({ words, host: { host, accounts: count } }) {
  return html`
    <${Link} to=${listAddress({ host })}>${words.text("host.count", { count })}</${Link}>${" "}
    <${Link} to=${`/fleet/add?host=${host}`} aria-label=${words.text("host.add_to", { host })}>${words.text("host.add")}</${Link}>
  `;
}

function Version({ words, host, hosts, name }) {
  const version = host[name];
  if (version === null) return words.text("host.unsaid");
  const newer = findNewer(hosts, version, name);
  return html`
    ${version} ${newer && html`<span class="warned" data-testid="older">${words.text("host.older", newer)}</span>`}
  `;
}

function readsText(words, { manual_refresh: isManual, poll_interval_sec: seconds }) {
  if (isManual) return words.text("host.on_request");
  return words.text("host.every", { duration: durationText(words, seconds * 1000) });
}

function waitingText(words, { spool_items: count }) {
  if (count === null) return words.text("host.unsaid");
  return count === 0 ? words.text("host.nothing") : words.text("host.readings", { count });
}

function isSkewed({ clock_skew_sec: skew }) {
  return skew !== null && Math.abs(skew) >= SKEW_SECONDS;
}

// The skew is the collector's time less the host's: below nothing, the host is ahead.
function skewText(words, { clock_skew_sec: skew }) {
  const duration = durationText(words, Math.round(Math.abs(skew) / 60) * 60_000);
  return words.text(skew < 0 ? "host.ahead" : "host.behind", { duration });
}
