// How each window was used: one chart a window, all over one span of time.

import { fetchHistory } from "../api.js";
import { html, useMemo, useState } from "../html.js";
import { accountAddress, go } from "../route.js";
import { DAY } from "../times.js";
import { windowName } from "../window-bar.js";
import { useAnswer } from "./answer.js";
import { Chart } from "./chart.js";
import { pointText, readLine, summaryOf } from "./line.js";

const SPANS = { "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY };
const USUAL_SPAN = "7d";
// Enough for a wide screen, and for every reset of a 5-hour window in 90 days.
const POINTS = 500;

export function History({ query, ...shared }) {
  const { words, reading } = shared;
  const span = Object.hasOwn(SPANS, query.get("span")) ? query.get("span") : USUAL_SPAN;
  return html`
    <section class="history" aria-labelledby="history-title">
      <div class="section-head">
        <h3 id="history-title">${words.text("history.title")}</h3>
        <${SpanChoice} words=${words} item=${reading.item} span=${span} />
      </div>
      ${windowsOf(reading).map((name) => html`<${WindowHistory} key=${name} ...${shared} name=${name} span=${span} />`)}
      <${Legend} words=${words} />
    </section>
  `;
}

// The span stands in the address: going back leads to the one before.
function SpanChoice({ words, item, span }) {
  const show = (name) => go(name === USUAL_SPAN ? accountAddress(item) : `${accountAddress(item)}?span=${name}`);
  return html`
    <div class="spans" role="group" aria-label=${words.text("history.span")}>
      ${Object.keys(SPANS).map((name) => html`
        <button type="button" key=${name} aria-pressed=${String(name === span)} data-testid=${`span-${name}`}
          onClick=${() => show(name)}>${words.text(`span.${name}`)}</button>
      `)}
    </div>
  `;
}

// Those of the main limit; where none is known, what the collector has.
function windowsOf(reading) {
  const windows = [reading.fiveHours, reading.weekly, ...reading.others.filter(({ limit }) => limit === null)];
  const names = windows.filter(({ kind }) => kind === "known" || kind === "unavailable").map(({ name }) => name);
  return names.length > 0 ? names : [null];
}

function WindowHistory({ words, reading, name, span, preferences, now, goToLogin }) {
  const ask = (signal) => askForSpan(reading, { name, span, now, signal });
  const { answer, isFailing } = useAnswer(ask, [reading.item, name, span], goToLogin);
  const line = useMemo(() => answer && readLine(answer, preferences.isUsed), [answer, preferences.isUsed]);
  const [point, setPoint] = useState(null);
  const shownName = name ?? answer?.window ?? null;
  return html`
    <figure class="window-history" data-testid=${`history-${shownName}`} data-span=${answer?.span} data-points=${line?.values.length}
      data-resets=${answer?.resets.length} data-failures=${answer?.failures.length} aria-busy=${String(answer?.span !== span)}>
      <figcaption>
        ${shownName !== null && html`<h4>${windowName(words, shownName)}</h4>`}
        <span class="readout" aria-hidden="true" data-testid="readout">
          ${point && pointText(words, point, preferences.isUsed)}
        </span>
      </figcaption>
      ${isFailing && html`<p class="muted" role="status">${words.text("load.failed")}</p>`}
      ${line === null
        ? html`<p class="muted">${!isFailing && words.text("loading")}</p>`
        : html`
          ${!line.isEmpty && html`
            <${Chart} ...${{ words, answer, line }} theme=${preferences.theme} onPoint=${setPoint} />
          `}
          <p class="summary" data-testid="summary">${summaryOf(words, { answer, line, isUsed: preferences.isUsed })}</p>
        `}
    </figure>
  `;
}

// With `span`, `from` and `to` as they were asked for. The page's time lags behind what has just been read.
async function askForSpan({ item, readAt, attemptedAt }, { name, span, now, signal }) {
  const to = Math.ceil(Math.max(now, readAt ?? 0, attemptedAt ?? 0) / 1000);
  const from = to - SPANS[span] / 1000;
  const query = { host: item.host, label: item.account_label, window: name, from, to, points: POINTS };
  return { ...(await fetchHistory(query, signal)), span, from, to };
}

function Legend({ words }) {
  return html`
    <p class="legend" aria-hidden="true">
      ${["reset", "failure"].map((name) => html`
        <span key=${name}><span class=${`sample ${name}`}>${name === "reset" ? "▼" : "✕"}</span> ${words.text(`legend.${name}`)}</span>
      `)}
      <span>${words.text("legend.gap")}</span>
    </p>
  `;
}
