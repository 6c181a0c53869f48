// Whose login it is: what was expected beside what was found, and where else it is logged in.

import { html } from "../html.js";
import { Icon } from "../icons.js";
import { maskOf } from "../privacy.js";
import { Link, accountAddress } from "../route.js";
import { accountKey } from "../reading.js";

const VERDICT_ICONS = { same: "ok", differs: "wrong_account" };

export function Identity({ words, reading, readings, mask, preferences }) {
  const { accountId } = reading;
  return html`
    <section class="identity" aria-labelledby="identity-title">
      <h3 id="identity-title">${words.text("identity.title")}</h3>
      <${Comparison} words=${words} facts=${factsOf(reading, mask)} />
      ${accountId && html`
        <p class="muted">${words.text("identity.id")} <code data-testid="account-id">${mask.text(accountId)}</code></p>
      `}
      <${AlsoAt} ...${{ words, reading, readings, preferences }} />
    </section>
  `;
}

function factsOf({ email, expectedEmail, plan, expectedPlan }, mask) {
  const fact = (name, expected, found, show) => ({
    name,
    expected: expected ? show(expected) : "–",
    found: found ? show(found) : "–",
    verdict: verdictOf(expected, found),
  });
  return [
    fact("email", expectedEmail, email, mask.email),
    fact("plan", expectedPlan, plan, (text) => text.replaceAll("_", " ")),
  ];
}

// One below the other: where two e-mails differ is seen best so.
function Comparison({ words, facts }) {
  const row = (name, cell) => html`
    <tr><th scope="row">${words.text(`identity.${name}`)}</th>${facts.map(cell)}</tr>
  `;
  return html`
    <table>
      <thead>
        <tr>
          <td></td>
          ${facts.map(({ name }) => html`<th key=${name} scope="col">${words.text(`account.${name}`)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${row("expected", ({ name, expected }) => html`<td data-testid=${`expected-${name}`}>${expected}</td>`)}
        ${row("found", ({ name, found }) => html`<td data-testid=${`found-${name}`}>${found}</td>`)}
        ${row("verdict", ({ name, verdict }) => html`
          <td class=${`verdict ${verdict}`} data-testid=${`verdict-${name}`}>
            ${VERDICT_ICONS[verdict] && html`<${Icon} name=${VERDICT_ICONS[verdict]} />`}${words.text(`verdict.${verdict}`)}
          </td>
        `)}
      </tbody>
    </table>
  `;
}

// As the collector compares them. What nobody knows cannot differ.
function verdictOf(expected, found) {
  if (!expected) return "any";
  if (!found) return "unknown";
  return expected.trim().toLowerCase() === found.trim().toLowerCase() ? "same" : "differs";
}

function AlsoAt({ words, reading, readings, preferences }) {
  const places = reading.item.also_at;
  if (places.length === 0) return null;
  return html`
    <div class="also-at" data-testid="also-at">
      <h4>${words.text("identity.also_at")}</h4>
      <ul>
        ${places.map((place) => html`
          <li key=${accountKey(place)}>
            <${Link} to=${accountAddress(place)}>${place.host}: ${labelOf(place, { reading, readings, preferences })}</${Link}>
          </li>
        `)}
      </ul>
      <p class="muted">${words.text("also_at.meaning")}</p>
    </div>
  `;
}

// Hidden as in the list: by what is known of that account itself.
function labelOf(place, { reading, readings, preferences }) {
  const other = readings.find(({ key }) => key === accountKey(place)) ?? reading;
  return maskOf(other, preferences.isPrivate).label(place.account_label);
}
