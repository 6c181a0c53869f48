// Hides e-mails, and labels and notes that repeat parts of them: `y•••@e•••`.

const DOTS = "•••";
const EMAIL = /[^\s@<>()[\],;:"]+@[^\s@<>()[\],;:"]+/gu;
// `acc_you_example.com`: a label that the agent made from an e-mail, recognised even before the e-mail is known.
const LABEL_OF_EMAIL = /^acc_(.+)_([^_]+\.[a-z]{2,})$/i;
// Shorter parts would hide half the alphabet; they count only where they stand alone.
const MIN_PART_LENGTH = 3;

// `{ email, label, text }`: how each is shown of one account's reading.
export function maskOf({ email, expectedEmail }, isPrivate) {
  const asItIs = (text) => text;
  if (!isPrivate) return { email: asItIs, label: asItIs, text: asItIs };
  const emails = [email, expectedEmail];
  return {
    email: maskEmail,
    label: (label) => maskLabel(label, emails),
    text: (text) => maskText(text, emails),
  };
}

export function maskEmail(email) {
  const at = email.lastIndexOf("@");
  if (at < 1) return firstLetter(email) + DOTS;
  return `${firstLetter(email)}${DOTS}@${firstLetter(email.slice(at + 1))}${DOTS}`;
}

// A label with everything hidden that also stands in one of the account's e-mails.
export function maskLabel(label, emails) {
  const hidden = maskParts(label, emails);
  const made = hidden === label ? LABEL_OF_EMAIL.exec(label) : null;
  return made ? `acc_${firstLetter(made[1])}${DOTS}_${firstLetter(made[2])}${DOTS}` : hidden;
}

// Free text: every e-mail in it, whosever it is, and parts of the account's own.
export function maskText(text, emails) {
  return maskParts(text.replace(EMAIL, maskEmail), emails);
}

function maskParts(text, emails) {
  const parts = emails.filter(Boolean).flatMap(partsOf);
  return [...new Set(parts)].sort((a, b) => b.length - a.length).reduce(maskPart, text);
}

// Local part, domain, and the domain's name without its ending.
function partsOf(email) {
  const at = email.lastIndexOf("@");
  const domain = email.slice(at + 1);
  return [email.slice(0, Math.max(at, 0)), domain, domain.slice(0, Math.max(domain.indexOf("."), 0))].filter(Boolean);
}

// In a label every character but letters and digits may have become another one.
function maskPart(text, part) {
  const loose = [...part].map((letter) => (/[\p{L}\p{N}]/u.test(letter) ? letter : "[^\\p{L}\\p{N}]")).join("");
  const pattern = part.length < MIN_PART_LENGTH ? `(?<![\\p{L}\\p{N}])${loose}(?![\\p{L}\\p{N}])` : loose;
  return text.replace(new RegExp(pattern, "giu"), (found) => firstLetter(found) + DOTS);
}

function firstLetter(text) {
  return [...text][0] ?? "";
}
