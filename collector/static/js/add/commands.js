// What to type on a host for accounts. Pure.

import { CANCELED } from "./memos.js";

// No sign of these means anything to a shell, wherever it stands.
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9.-]+$/;
const END = "ACCOUNTS";
// The host agent takes these off a line's end, as off the frame of a box.
const FRAME_END = /[*\-・]$/u;

// One line for a single plain e-mail; else a here-document, in which a shell leaves everything as it is. Every line of it
// begins with a word of ours, so that none can end it.
export function addCommand(memos, show = (email) => email) {
  const [{ email, plan, isCanceled }] = memos;
  if (memos.length === 1 && plan === null && !isCanceled && PLAIN.test(email)) return `hostagent add ${show(email)}`;
  return [`hostagent add --from - <<'${END}'`, ...memos.map((memo) => memoLine(memo, show)), END].join("\n");
}

function memoLine({ email, plan, isCanceled }, show) {
  const named = plan ?? (FRAME_END.test(email) ? "" : null);
  return [`Account: ${show(email)}`, named !== null && `(${named})`, isCanceled && CANCELED].filter(Boolean).join(" ");
}
