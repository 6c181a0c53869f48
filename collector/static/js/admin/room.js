// For admins: who may come in, and what is to be forgotten.

import { startChain } from "../chain.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { Confirmation } from "./confirmation.js";
import { Forgetting } from "./forgetting.js";
import { fetchStanding } from "./requests.js";
import { Sessions } from "./sessions.js";
import { Tokens } from "./tokens.js";

const LINK_COMMAND = "collector signin-link";

export function Room({ words, session, ...shared }) {
  if (session === null) return html`<p class="empty">${words.text("loading")}</p>`;
  if (session.kind === "admin") return html`<${AdminRoom} words=${words} ...${shared} />`;
  return html`
    <p class="empty" data-testid="for-admins">${words.text("admin.for_admins")} <code>${LINK_COMMAND}</code></p>
  `;
}

function AdminRoom({ words, readings, preferences, now, goToLogin }) {
  const { standing, isFailing, readAgain } = useStanding(goToLogin);
  const [question, setQuestion] = useState(null);
  const [said, setSaid] = useState("");
  // `question.section` is where the keyboard goes on: what the button stood beside may be gone by then.
  const end = (isDone) => {
    setQuestion((asked) => (asked === question ? null : asked));
    if (!isDone) return;
    setSaid(question.done);
    document.getElementById(question.section)?.focus();
    readAgain();
  };
  const ask = (next) => {
    setSaid("");
    setQuestion(next);
  };
  const shared = { words, standing, now, ask, goToLogin, readAgain };
  return html`
    <div class="admin">
      ${isFailing && html`<${Failing} words=${words} readAgain=${readAgain} />`}
      ${standing === null && !isFailing && html`<p class="empty">${words.text("loading")}</p>`}
      ${standing !== null && html`
        <${Tokens} ...${shared} />
        <${Sessions} ...${shared} />
        <${Forgetting} ...${shared} readings=${readings} isPrivate=${preferences.isPrivate} />
      `}
      <p class="for-readers" role="status" data-testid="said">${said}</p>
      ${question && html`
        <${Confirmation} ...${{ words, question, end, goToLogin }} onFailure=${readAgain} />
      `}
    </div>
  `;
}

function Failing({ words, readAgain }) {
  return html`
    <p class="banner warning" role="alert" data-testid="failing">
      ${words.text("connection.none")} <button type="button" onClick=${readAgain}>${words.text("admin.retry")}</button>
    </p>
  `;
}

// Read when the room is opened, when its tab is seen again, and after each change.
function useStanding(onSignedOut) {
  const [standing, setStanding] = useState(null);
  const [isFailing, setFailing] = useState(false);
  const chain = useRef(null);
  useEffect(() => {
    chain.current = startChain({
      async read(signal) {
        setStanding(await fetchStanding(signal));
        setFailing(false);
        return null;
      },
      onFailure: () => setFailing(true),
      onSignedOut,
    });
    return () => {
      chain.current.stop();
      chain.current = null;
    };
  }, []);
  return { standing, isFailing, readAgain: () => chain.current?.restart() };
}
