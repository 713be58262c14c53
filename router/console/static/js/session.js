// A session that ends in the midst of work: the page stays, a window asks to log in, and the
// request that was refused is made again. Whatever is typed on the page is not touched.

const WORD = "X-Siaga-Word";
const waiting = [];

const meta = (name) => document.querySelector(`meta[name="${name}"]`);
export const word = () => meta("siaga-word")?.content ?? "";

const opened = () => document.getElementById("login-window");

/** Like fetch, with the session's word; while nobody is logged in it waits for the window. */
export async function ask(address, options = {}) {
  for (;;) {
    const headers = new Headers(options.headers);
    headers.set(WORD, word());
    const answer = await fetch(address, { ...options, headers, credentials: "same-origin" });
    if (answer.status !== 401 || !answer.headers.has("X-Siaga-Login")) return answer;
    await loggedIn();
    // Whoever typed a password for a minute still wants it: no earlier time limit counts.
    options = { ...options, signal: undefined };
  }
}

/** Opens the window; settles when somebody is logged in again. */
export function loggedIn() {
  return new Promise((go) => {
    waiting.push(go);
    const window_ = opened();
    if (!window_ || window_.open) return;
    show(window_, "name", "");
    window_.showModal();
  });
}

function show(window_, stage, message) {
  for (const part of window_.querySelectorAll("[data-stage]")) part.hidden = part.dataset.stage !== stage;
  const said = window_.querySelector("[role=alert]");
  said.textContent = message;
  said.hidden = !message;
  const first = window_.querySelector(`[data-stage="${stage}"] input:not([value]), [data-stage="${stage}"] input`);
  first?.focus();
}

function renew(fresh) {
  meta("siaga-word").content = fresh;
  for (const field of document.querySelectorAll('input[type=hidden][name="word"]')) field.value = fresh;
}

async function send(address, fields) {
  const headers = { Accept: "application/json", [WORD]: word() };
  const answer = await fetch(address, { method: "POST", body: new URLSearchParams(fields), headers });
  return [answer.ok, await answer.json()];
}

async function tried(window_, form) {
  const inCode = !window_.querySelector('[data-stage="code"]').hidden;
  const [ok, said] = inCode
    ? await send("/login/code", { code: form.code.value })
    : await send("/login", { name: form.name_.value, password: form.password.value });
  form.password.value = form.code.value = "";
  if (!ok) return show(window_, inCode ? "code" : "name", said.message);
  if (said.word) renew(said.word);
  const account = meta("siaga-account");
  // Another person: this page, with what is on it, is not theirs.
  if (said.account && String(said.account) !== account.content) return location.reload();
  if (said.stage === "code") return show(window_, "code", "");
  if (said.stage !== "full") return location.assign(said.page);
  window_.close();
  for (const go of waiting.splice(0)) go();
}

function prepare(window_) {
  const form = window_.querySelector("form");
  const fields = {
    name_: form.elements.namedItem("name"),
    password: form.elements.namedItem("password"),
    code: form.elements.namedItem("code"),
  };
  // Not closed by Escape: the page could not go on.
  window_.addEventListener("cancel", (event) => event.preventDefault());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await tried(window_, fields);
    } catch {
      show(window_, fields.code.closest("[data-stage]").hidden ? "name" : "code", window_.dataset.away);
    }
  });
}

// htmx asks by ask(): its requests carry the word, and wait for the window when they have to.
document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.fetch = ask;
});

const here = opened();
if (here) prepare(here);
