// Signing in: with the one-time code of a link, or with a token.

import { Refused, signIn, SignedOut } from "./api.js";
import { SiteBanners } from "./banners.js";
import { html, useEffect, useState } from "./html.js";
import { startPage } from "./page.js";
import { takePlace } from "./place.js";
import { PreferenceSwitches } from "./toolbar.js";

const LINK_COMMAND = "collector signin-link";
// Taken out of the address at once: neither a reload, nor the history, nor a glance over the shoulder finds it there.
const codeOfLink = takeCode();

function takeCode() {
  const code = findCode(location.hash);
  if (location.hash) history.replaceState(null, "", location.pathname);
  return code;
}

function findCode(text) {
  return /#code=([^&\s]+)/.exec(text)?.[1] ?? null;
}

function Login({ words, site, preferences, change }) {
  const [isBusy, setBusy] = useState(codeOfLink !== null);
  const [fault, setFault] = useState(null);

  const enter = async (credential) => {
    setBusy(true);
    setFault(null);
    try {
      await signIn(credential);
      location.replace(takePlace());
    } catch (error) {
      setFault(faultOf(error, credential));
      setBusy(false);
    }
  };
  useEffect(() => {
    document.title = words.text("login.title");
  }, [words]);
  useEffect(() => {
    if (codeOfLink !== null) enter({ code: codeOfLink });
  }, []);

  return html`
    <main class="login">
      <h1>Codex Status Fleet</h1>
      <${SiteBanners} words=${words} site=${site} />
      <div role="alert" data-testid="fault">
        ${fault && html`<p class="fault">${words.text(`login.${fault.key}`, fault)}</p>`}
      </div>
      <${TokenForm} words=${words} isBusy=${isBusy} enter=${enter} />
      <p class="hint">${words.text("login.hint")} <code>${LINK_COMMAND}</code></p>
      <div class="toolbar"><${PreferenceSwitches} words=${words} preferences=${preferences} change=${change} /></div>
    </main>
  `;
}

function TokenForm({ words, isBusy, enter }) {
  const submit = (event) => {
    event.preventDefault();
    const typed = event.currentTarget.elements.token.value.trim();
    const code = findCode(typed);
    enter(code === null ? { token: typed } : { code });
  };
  return html`
    <form method="post" action="/login" onSubmit=${submit}>
      <label for="token">${words.text("login.token")}</label>
      <input id="token" name="token" type="password" required autocomplete="current-password" spellcheck=${false}
        autocapitalize="none" placeholder="csfv_…" />
      <button type="submit" class="primary" disabled=${isBusy} data-testid="sign-in">
        ${words.text(isBusy ? "login.busy" : "login.enter")}
      </button>
    </form>
  `;
}

function faultOf(error, credential) {
  if (error instanceof SignedOut) return { key: credential.code ? "used_code" : "wrong_token", command: LINK_COMMAND };
  if (error instanceof Refused) return { key: error.code === "forbidden" ? "forbidden" : "refused", detail: error.message };
  return { key: "unreachable" };
}

startPage(Login);
