// Asked before something ends for good: what it is, what stops working with it, and whether it is meant.

import { Refused, SignedOut } from "../api.js";
import { CopyButton } from "../copy-button.js";
import { html, useEffect, useRef, useState } from "../html.js";

// `question`: `{ title, lines, label, choice, act(isChosen), done, section, refusals }`. `choice` is the text of a box to
// tick, or absent; `refusals` by code `{ text, command, shown }`: what somebody does when the collector says no.
// `end(isDone)` is called when the question is over, `onFailure` when things may stand otherwise than they are shown.
export function Confirmation({ words, question, end, onFailure, goToLogin }) {
  const dialog = useRef(null);
  const isDone = useRef(false);
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState(null);
  useEffect(() => dialog.current.showModal(), []);

  const act = async (event) => {
    event.preventDefault();
    if (isBusy) return undefined;
    const isChosen = event.currentTarget.elements.choice?.checked ?? false;
    setBusy(true);
    setFault(null);
    try {
      await question.act(isChosen);
      isDone.current = true;
    } catch (error) {
      setBusy(false);
      if (error instanceof SignedOut) return goToLogin();
      setFault(faultOf(words, question, error));
      return onFailure();
    }
    // It may be closed already: a browser that is asked again and again does it whatever `cancel` was told.
    dialog.current?.close();
    return end(true);
  };
  return html`
    <dialog class="confirmation" ref=${dialog} aria-labelledby="question" aria-describedby="consequences"
      data-testid="confirmation" onCancel=${(event) => isBusy && event.preventDefault()}
      onClose=${() => isDone.current || end(false)}>
      <form onSubmit=${act}>
        <h2 id="question">${question.title}</h2>
        <div id="consequences">${question.lines.map((line) => html`<p key=${line}>${line}</p>`)}</div>
        ${question.choice && html`<label class="tick"><input type="checkbox" name="choice" />${question.choice}</label>`}
        <div role="alert" data-testid="confirmation-fault">${fault && html`<${Fault} words=${words} ...${fault} />`}</div>
        <div class="answers">
          <button type="button" aria-disabled=${String(isBusy)} data-testid="cancel"
            onClick=${() => isBusy || dialog.current.close()}>
            ${words.text("admin.cancel")}
          </button>
          <button type="submit" class="danger" aria-disabled=${String(isBusy)} data-testid="confirm">
            ${question.label}
          </button>
        </div>
      </form>
    </dialog>
  `;
}

function Fault({ words, text, command, shown = command }) {
  return html`
    <p class="fault">
      ${text} ${command && html`<${CopyButton} words=${words} command=${command} shown=${shown} />`}
    </p>
  `;
}

export function faultOf(words, { refusals = {} }, error) {
  if (!(error instanceof Refused)) return { text: words.text("login.unreachable") };
  return refusals[error.code] ?? { text: words.text("login.refused", { detail: error.message }) };
}
