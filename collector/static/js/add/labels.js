// What `hostagent add` will make of an account on a host, as far as the collector knows that host's accounts. Pure;
// hostagent/labels.py is the authority, and a test holds both together.

import { isSameEmail } from "./memos.js";

const MAX_LABEL = 200;

// Each memo with its `label`, whether it `isThere` already, and `elsewhere`: the readings of this login on other hosts.
// `host` is null as long as nobody has said where they are to go.
export function planAccounts(memos, readings, host) {
  const own = readings.filter(({ item }) => item.host === host);
  const taken = new Set(own.map(({ item }) => item.account_label.toLowerCase()));
  return memos.map((memo) => {
    const there = own.find((reading) => isExpected(reading, memo.email));
    const label = there?.item.account_label ?? freeLabel(memo.email, taken);
    taken.add(label.toLowerCase());
    const elsewhere = readings.filter((reading) => reading !== there && isLoginOf(reading, memo.email));
    return { ...memo, label, isThere: there !== undefined, elsewhere };
  });
}

function freeLabel(email, taken) {
  const wanted = `acc_${email.replace(/[^A-Za-z0-9._-]/gu, "_")}`;
  let label = wanted.slice(0, MAX_LABEL);
  for (let number = 2; taken.has(label.toLowerCase()); number += 1) {
    const ending = `_${number}`;
    label = wanted.slice(0, MAX_LABEL - ending.length) + ending;
  }
  return label;
}

// The host knows an account by the e-mail that it expects.
function isExpected({ item, expectedEmail }, email) {
  return item.provider === "codex" && expectedEmail !== null && isSameEmail(expectedEmail, email);
}

function isLoginOf(reading, email) {
  return isExpected(reading, email) || (reading.item.provider === "codex" && reading.email !== null && isSameEmail(reading.email, email));
}
