// Of a host that does not report: what it held, and what to do.

import { CopyButton } from "../copy-button.js";
import { html } from "../html.js";
import { initCommand } from "../joining.js";
import { maskOf } from "../privacy.js";
import { ageText, durationText, parseTime } from "../times.js";

export function Silence({ words, host, readings, isPrivate, now }) {
  const since = parseTime(host.silent_since);
  return html`
    <div class="silence" data-testid="silence">
      <p>${words.text("hosts.silent_since", { time: words.moment(since), duration: durationText(words, now - since) })}</p>
      ${readings.length > 0 && html`
        <p>${words.text("hosts.held")}</p>
        <ul data-testid="held">
          ${readings.map((reading) => html`<${Held} key=${reading.key} ...${{ words, reading, isPrivate, now }} />`)}
        </ul>
      `}
      <${ToType} words=${words} sentence=${words.text("hosts.is_up", { host: host.host })}
        commands=${["hostagent status", "hostagent doctor"]} />
    </div>
  `;
}

export function NeverHeard({ words, host }) {
  return html`
    <div class="silence" data-testid="never">
      <${ToType} words=${words} sentence=${words.text("hosts.join", { host: host.host })} commands=${[initCommand(host.host), "hostagent doctor"]} />
    </div>
  `;
}

function Held({ words, reading, isPrivate, now }) {
  const { item, readAt } = reading;
  const age = readAt === null ? words.text("age.never_read") : words.text("age.read", { age: ageText(words, now - readAt) });
  return html`<li><strong>${maskOf(reading, isPrivate).label(item.account_label)}</strong> <span>${age}</span></li>`;
}

function ToType({ words, sentence, commands }) {
  return html`
    <p class="step">
      <span>${sentence}</span>
      ${commands.map((command) => html`<${CopyButton} key=${command} words=${words} command=${command} shown=${command} />`)}
    </p>
  `;
}
