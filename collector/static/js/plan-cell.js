// Whose limits these are: provider, plan, credits.

import { html } from "./html.js";

export function PlanCell({ words, reading }) {
  const plan = reading.plan ?? reading.expectedPlan;
  const credits = creditsText(words, reading.credits);
  return html`
    <span>${words.nameOf("provider", reading.item.provider)}</span>
    ${plan && html`<span class="plan-name" data-testid="plan">${plan.replaceAll("_", " ")}</span>`}
    ${credits && html`<span class="credits" data-testid="credits">${credits}</span>`}
  `;
}

// Null where there are none: an account without credits is the normal case.
function creditsText(words, credits) {
  if (credits?.unlimited) return words.text("credits.unlimited");
  if (!credits?.hasCredits) return null;
  const amount = Number(credits.balance);
  if (credits.balance === null || credits.balance === undefined) return words.text("credits.some");
  return words.text("credits.balance", { amount: Number.isFinite(amount) ? amount : credits.balance });
}
