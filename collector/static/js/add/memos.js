// Reads accounts out of what a person pastes, as `hostagent add` does: e-mails one a line, or codex's `/status` boxes.
// Pure; hostagent/memos.py is the authority, and a test holds both together.

// "Subscription cancelled", written above an account by those who keep such memos.
export const CANCELED = "解約済み";

const MAX_EMAIL = 320;
const MAX_PLAN = 100;
// Looking for an e-mail anywhere in a line takes the longer the longer the line is, by the square.
const MAX_SEARCHED = 2_000;
const CONTROL = "\\x00-\\x1f\\x7f-\\x9f";
// What Python calls white space: JavaScript's \s is another set.
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const LETTER = `[^${SPACE}${CONTROL}@<>()（）,;:"'│|]`;
const EMAIL = `${LETTER}+@${LETTER}+\\.(?:(?!\\.)${LETTER})+`;
const ONLY_EMAIL = new RegExp(`^${EMAIL}$`, "u");
const STATUS_LINE = new RegExp(
  `(?<![\\p{L}\\p{N}_])Account[${SPACE}]*[:：][${SPACE}]*(?<email>${EMAIL})[${SPACE}]*(?:[(（](?<plan>[^)）${CONTROL}]*)[)）])?`,
  "iu",
);
const SOME_EMAIL = new RegExp(EMAIL, "u");
const FRAME = /^[ \t│|>*\-・　]+|[ \t│|>*\-・　]+$/gu;
const OUTER_SPACE = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, "gu");
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

// `{ memos: [{ email, plan, isCanceled }], passedOver: [{ number, why }] }`. `plan` is null where none was named; passed over
// are the lines that hold an @ but no account that could be made out.
export function parseMemos(text) {
  const found = [];
  const passedOver = [];
  let isCanceled = false;
  for (const [index, line] of text.toWellFormed().split(LINE_END).entries()) {
    isCanceled ||= line.includes(CANCELED);
    const memo = readLine(line.replaceAll(CANCELED, " ").replace(FRAME, ""));
    if (memo !== null) {
      found.push({ ...memo, isCanceled });
      isCanceled = false;
    } else if (line.includes("@")) passedOver.push({ number: index + 1, why: whyNot(line) });
  }
  return { memos: merge(found), passedOver };
}

export function isSameEmail(one, other) {
  return foldEmail(one) === foldEmail(other);
}

function readLine(line) {
  if (isEmail(line)) return { email: line, plan: null };
  const found = STATUS_LINE.exec(line)?.groups;
  if (!found || !isEmail(found.email)) return null;
  const plan = (found.plan ?? "").replace(OUTER_SPACE, "").toLowerCase();
  return { email: found.email, plan: [...plan].slice(0, MAX_PLAN).join("") || null };
}

function isEmail(text) {
  return [...text].length <= MAX_EMAIL && ONLY_EMAIL.test(text);
}

// Of what the host agent passes over without a word.
function whyNot(line) {
  const email = SOME_EMAIL.exec(line.slice(0, MAX_SEARCHED))?.[0];
  if (email === undefined) return "no_email";
  return isEmail(email) ? "text_around" : "too_long";
}

// One memo an e-mail: the last one that was pasted is the newest, but a plan once named stays known.
function merge(memos) {
  const newest = new Map();
  for (const memo of memos) {
    const key = foldEmail(memo.email);
    const earlier = newest.get(key) ?? memo;
    newest.set(key, { ...memo, email: earlier.email, plan: memo.plan ?? earlier.plan });
  }
  return [...newest.values()];
}

// As Python's casefold does, but for letters that no e-mail has.
function foldEmail(email) {
  return email.replace(OUTER_SPACE, "").toLowerCase().replaceAll("ß", "ss");
}
