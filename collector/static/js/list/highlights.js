// What matters now, one line each; every one leads to the accounts it is about.

import { html } from "../html.js";
import { maskOf } from "../privacy.js";
import { Link } from "../route.js";
import { lookOf } from "../state-cell.js";
import { waitText } from "../times.js";
import { wholePercent, windowName } from "../window-bar.js";
import { nextReset, sortReadings } from "./order.js";
import { findMostRoom } from "./room-left.js";
import { USABLE, listAddress } from "./view.js";

const SHOWN_RESETS = 3;
const HAND_LOOKS = ["login_required", "wrong_account", "error", "stale"];

export function Highlights({ words, readings, isPrivate, now }) {
  const shared = { words, readings, isPrivate, now };
  return html`
    <ul class="highlights" data-testid="highlights">
      <li><${Usable} ...${shared} /></li>
      <li><${MostRoom} ...${shared} /></li>
      <li><${NextResets} ...${shared} /></li>
      <li><${Hands} ...${shared} /></li>
    </ul>
  `;
}

function Usable({ words, readings }) {
  const count = readings.filter(({ item }) => item.usable).length;
  return html`
    <${Link} to=${listAddress({ state: USABLE })} data-testid="usable">
      <strong>${words.text("top.usable", { count })}</strong> ${words.text("top.of_accounts", { count: readings.length })}
    </${Link}>
  `;
}

function MostRoom({ words, readings, isPrivate }) {
  const best = findMostRoom(readings);
  if (best === null) return html`<p data-testid="most-room">${words.text("top.no_room")}</p>`;
  const { reading, window } = best;
  const why = words.text("top.room_why", {
    percent: words.percent(wholePercent(window.left)),
    window: windowName(words, window.name),
    host: reading.item.host,
  });
  return html`
    <${Link} to=${listAddress({ state: USABLE, sort: "room" })} data-testid="most-room">
      ${words.text("top.room")} <strong>${nameOf(reading, isPrivate)}</strong> <span>${why}</span>
    </${Link}>
  `;
}

function NextResets({ words, readings, isPrivate, now }) {
  const next = sortReadings(readings, "reset").slice(0, SHOWN_RESETS).filter((reading) => Number.isFinite(nextReset(reading)));
  if (next.length === 0) return html`<p data-testid="next-resets">${words.text("top.no_resets")}</p>`;
  const texts = next.map((reading) =>
    words.text("top.reset", { name: nameOf(reading, isPrivate), duration: waitText(words, nextReset(reading) - now) }),
  );
  return html`
    <${Link} to=${listAddress({ sort: "reset" })} data-testid="next-resets" title=${words.moment(nextReset(next[0]))}>
      ${words.text("top.resets")} <strong>${texts[0]}</strong> <span>${words.list(texts.slice(1))}</span>
    </${Link}>
  `;
}

function Hands({ words, readings }) {
  const inNeed = readings.filter((reading) => reading.needsHand);
  const looks = HAND_LOOKS.map((look) => [look, inNeed.filter((reading) => lookOf(reading) === look).length]);
  const silent = new Set(readings.filter(({ silentSince }) => silentSince !== null).map(({ item }) => item.host));
  if (inNeed.length === 0 && silent.size === 0) return html`<p data-testid="hands">${words.text("top.no_hands")}</p>`;
  return html`
    <p class="hands" data-testid="hands">
      ${looks.filter(([, count]) => count > 0).map(([look, count]) => html`
        <${Link} key=${look} class=${`count look-${look}`} to=${listAddress({ state: look })} data-testid=${`count-${look}`}>
          ${words.text(`summary.${look}`, { count })}
        </${Link}>
      `)}
      ${[...silent].sort().map((host) => html`
        <${Link} key=${host} class="count look-stale" to=${listAddress({ host })} data-testid="silent-host">
          ${words.text("top.silent", { host })}
        </${Link}>
      `)}
    </p>
  `;
}

function nameOf(reading, isPrivate) {
  return maskOf(reading, isPrivate).label(reading.item.account_label);
}
