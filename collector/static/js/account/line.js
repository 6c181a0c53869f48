// From an answer of /history to what is drawn and said of it. Pure.

import { amountText, wholePercent } from "../window-bar.js";

// `{ times, shown, values, isEmpty }`: times in epoch seconds, shown % with null where the line breaks, from edge to edge;
// `values` are what is left at each reading. Empty: there is nothing to draw, not even a failure.
export function readLine({ points, failures, from, to }, isUsed) {
  const left = points.map(([, used]) => (used === null ? null : Math.min(100, Math.max(0, 100 - used))));
  const values = left.filter((value) => value !== null);
  const shown = left.map((value) => (value === null || !isUsed ? value : 100 - value));
  return {
    times: [from, ...points.map(([at]) => at), to],
    shown: [null, ...shown, null],
    values,
    isEmpty: values.length === 0 && failures.length === 0,
  };
}

// The places of points with a break on both sides: no line leads there, so they are drawn as dots.
export function findLonely(shown) {
  const isGap = (place) => (shown[place] ?? null) === null;
  return [...shown.keys()].filter((place) => !isGap(place) && isGap(place - 1) && isGap(place + 1));
}

// What the chart says, in a sentence.
export function summaryOf(words, { answer, line, isUsed }) {
  const failed = answer.failures.reduce((sum, { count }) => sum + count, 0);
  const parts = [
    line.values.length === 0 ? words.text("history.none") : rangeText(words, line.values, isUsed),
    answer.resets.length > 0 && words.text("history.resets", { count: answer.resets.length }),
    failed > 0 && words.text("probes.failed", { count: failed }),
  ];
  return parts.filter(Boolean).join(words.text("between"));
}

export function pointText(words, { at, shown }, isUsed) {
  const left = isUsed ? 100 - shown : shown;
  return words.text("history.point", { moment: words.moment(at * 1000), amount: amountText(words, { left }, isUsed) });
}

function rangeText(words, values, isUsed) {
  const [low, high, last] = [Math.min(...values), Math.max(...values), values.at(-1)].map(wholePercent);
  if (low === high) return amountText(words, { left: low }, isUsed);
  const [lowest, highest, final] = isUsed ? [100 - high, 100 - low, 100 - last] : [low, high, last];
  const [from, to, end] = [lowest, highest, final].map(words.percent);
  return words.text(isUsed ? "history.used" : "history.left", { low: from, high: to, last: end });
}
