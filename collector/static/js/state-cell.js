// How an account stands, why, and what to do next.

import { findStep } from "./advice.js";
import { CopyButton } from "./copy-button.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { durationText, waitText } from "./times.js";
import { UpdateProgress } from "./update-progress.js";
import { windowName } from "./window-bar.js";

// `entry`: how far a wish for a fresh reading has come, or null.
export function StateCell({ words, reading, mask, entry, now }) {
  const { item, silentSince } = reading;
  const look = lookOf(reading);
  return html`
    <div class=${`state ${look}`}>
      <p class="standing">
        <${Icon} name=${look} /><span data-testid="state">${words.text(`state.${look}`)}</span>
        ${entry && html`<${UpdateProgress} words=${words} entry=${entry} item=${item} isSilent=${silentSince !== null} />`}
      </p>
      ${reasonsOf(words, reading, mask, now).map((text) => html`<p class="reason" data-testid="reason">${text}</p>`)}
      ${silentSince !== null && html`<${Silence} words=${words} since=${silentSince} now=${now} />`}
      <${NextStep} words=${words} item=${item} mask=${mask} />
    </div>
  `;
}

// An account that answers but would refuse work must not look usable.
export function lookOf({ item, usedUp, blocked }) {
  if (item.state !== "ok") return item.state;
  if (usedUp) return "used_up";
  return blocked ? "blocked" : "ok";
}

function reasonsOf(words, reading, mask, now) {
  return [reasonText(words, reading, mask), usedUpText(words, reading, now), blockedText(words, reading, now)].filter(
    Boolean,
  );
}

function reasonText(words, reading, mask) {
  const { reason, error, state } = reading.item;
  if (state === "pending" && reason === null) return words.text("reason.pending");
  if (state === "disabled") return words.text("reason.disabled");
  if (reason === "email_differs") {
    return words.text("reason.email_differs", {
      expected: mask.email(reading.expectedEmail ?? "?"),
      found: mask.email(reading.email ?? "?"),
    });
  }
  if (reason === "plan_differs") {
    return words.text("reason.plan_differs", { expected: reading.expectedPlan ?? "?", found: reading.plan ?? "?" });
  }
  if (reason === null || reason === "host_silent") return null;
  return errorText(words, reason, error, mask) ?? words.text(`reason.${reason}`);
}

function Silence({ words, since, now }) {
  return html`
    <p class="reason" data-testid="silent" title=${words.moment(since)}>
      ${words.text("reason.host_silent", { duration: durationText(words, now - since) })}
    </p>
  `;
}

// Our own sentence for a code, with the status number that the agent's message may end with.
// A code younger than this page is shown in the agent's own words.
export function errorText(words, code, error, mask) {
  const status = /\(HTTP (\d{3})\)$/.exec(error?.message ?? "");
  if (words.has(`error.${code}`)) return [words.text(`error.${code}`), status && `(HTTP\u00a0${status[1]})`].filter(Boolean).join(" ");
  if (words.has(`reason.${code}`)) return null;
  return mask.text(error?.message || code);
}

// Of an old reading the bars say it; only of a current one is it a reason.
function usedUpText(words, { item, usedUp }, now) {
  if (!usedUp || item.state !== "ok") return null;
  const windows = words.list(usedUp.names.map((name) => windowName(words, name)));
  const until = untilText(words, usedUp.until, now);
  return [words.text("reason.used_up", { windows }), until].filter(Boolean).join(" ");
}

function blockedText(words, { blocked, usedUp }, now) {
  if (!blocked || (usedUp && blocked.reason === "rate_limit_reached")) return null;
  const why = words.has(`blocked.${blocked.reason}`)
    ? words.text(`blocked.${blocked.reason}`)
    : blocked.reason.replaceAll("_", " ");
  return [words.text("reason.blocked", { why }), untilText(words, blocked.until, now)].filter(Boolean).join(" ");
}

function untilText(words, until, now) {
  if (until === null) return null;
  if (until <= now) return words.text("until.due");
  return words.text("until.in", { duration: waitText(words, until - now) });
}

function NextStep({ words, item, mask }) {
  const reason = item.state === "disabled" ? null : (item.reason ?? item.state);
  const step = findStep(reason, item.account_label);
  if (step === null) return null;
  const shown = step.command && findStep(reason, mask.label(item.account_label)).command;
  return html`
    <p class="step" data-testid="next-step">
      <span>${words.text(`step.${step.name}`, { host: item.host })}</span>
      ${step.command && html`<${CopyButton} words=${words} command=${step.command} shown=${shown} />`}
    </p>
  `;
}
