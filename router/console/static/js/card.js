// The call card: its pieces are made anew when anything of the call is another, but for what
// somebody is at. Commands are sent once, and each is answered in words.

import { clockText, everySecond, serverTime, tick } from "./clock.js";
import { Keys } from "./keys.js";
import { isStale, showLink } from "./link.js";
import { Live } from "./live.js";
import { makeMap } from "./map.js";
import { Note } from "./note.js";
import { ask, loggedIn } from "./session.js";
import { noteShown, wasShown } from "./shown.js";

const LOOK_MS = 4000;
const DONE_MS = 8000;
const root = document.querySelector("[data-card]");
const words = root.dataset;
const here = words.card;
const notices = document.querySelector("[data-notices]");
const spoken = document.querySelector("[data-said]");
const isCard = Boolean(here);
let lastSeen = "–";
let shown = new Map();
let marks = null;
let looking = false;
let again = false;
let link = "";
let other = "";
let due = "";
let isAsked = location.search.includes("change");
const doing = new Set();

// --- what is told ----------------------------------------------------------------------------

function banner(name, kind, text, ...buttons) {
  const old = notices.querySelector(`[data-notice="${name}"]`);
  if (!text) {
    old?.remove();
    return;
  }
  if (old && old.dataset.text === text) {
    return;
  }
  const made = document.getElementById("notice").content.firstElementChild.cloneNode(true);
  made.classList.add(`banner--${kind}`);
  made.dataset.notice = name;
  made.dataset.text = text;
  made.querySelector("p").append(text);
  if (kind === "good") {
    made.querySelector("use").setAttribute("href", "#i-free");
    setTimeout(() => made.remove(), DONE_MS);
  }
  made.append(...buttons);
  if (old) {
    old.replaceWith(made);
  } else {
    notices.append(made);
  }
}

function say(text) {
  spoken && (spoken.textContent = text);
}

function button(text, work) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button button--small";
  made.textContent = text;
  made.addEventListener("click", work);
  return made;
}

// --- pieces ------------------------------------------------------------------------------------

const pieces = (from) => [...from.querySelectorAll("[data-piece]")];
const fields = (from) => [...from.querySelectorAll("input:not([type=hidden]), textarea, select")];

function isTouched(field) {
  if (field instanceof HTMLSelectElement) {
    const given = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(given, 0);
  }
  return field.value !== field.defaultValue;
}

const isBegun = (piece) =>
  fields(piece).some((field) => isTouched(field) || field === document.activeElement);

// A form that somebody is at is put into the newer piece as it is.
function keepForms(old, fresh) {
  for (const form of old.querySelectorAll("form[data-do]")) {
    const newer = fresh.querySelector(`form[data-do="${form.dataset.do}"]`);
    if (!newer || !isBegun(form)) {
      continue;
    }
    if (!fields(form).some(isTouched)) {
      // Somebody is in it and has changed nothing: it is about what is so now.
      for (const field of newer.querySelectorAll("input[type=hidden]")) {
        form.elements.namedItem(field.name).value = field.value;
      }
    }
    newer.replaceWith(form);
  }
}

function focusKey() {
  const active = document.activeElement;
  const form = active?.closest?.("form[data-do]");
  return form && !fields(form).includes(active) ? form.dataset.do : "";
}

function show(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = page.querySelector("[data-card]");
  if (!fresh || fresh.dataset.card !== here) {
    return;
  }
  // A form's word is another on each page; a piece is not another for that.
  const theirs = page.querySelector('meta[name="siaga-word"]').content;
  const focused = focusKey();
  const active = document.activeElement;
  for (const piece of pieces(fresh)) {
    const name = piece.dataset.piece;
    const html = theirs ? piece.outerHTML.replaceAll(theirs, "") : piece.outerHTML;
    const old = root.querySelector(`[data-piece="${name}"]`);
    if (old && shown.get(name) !== html) {
      shown.set(name, html);
      keepForms(old, piece);
      old.replaceWith(piece);
    }
  }
  if (active !== document.activeElement && active?.isConnected) {
    active.focus();
  } else if (focused) {
    root.querySelector(`form[data-do="${focused}"] button`)?.focus();
  }
  marks?.follow(root.querySelector("[data-marks]"));
  prepare();
  tick(document);
}

async function look() {
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  try {
    const answer = await fetch(isCard ? location.pathname : "/card?change=1", { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) {
      show(await answer.text());
    }
  } catch (error) {
    console.warn(error);
  } finally {
    looking = false;
    if (again) {
      again = false;
      look();
    }
  }
}

// --- commands --------------------------------------------------------------------------------

const keysOf = (form) => form.querySelector("[data-keys]")?.dataset.keys ?? "";

function byHandset(form) {
  const keys = keysOf(form);
  return keys ? ` ${words.byHandset.replace("{keys}", keys)}` : "";
}

async function send(form, pressed) {
  const name = form.dataset.do;
  if (doing.has(name)) {
    return;
  }
  doing.add(name);
  const body = new URLSearchParams(new FormData(form, pressed));
  pressed?.setAttribute("aria-disabled", "true");
  banner("done", "info", words.busy);
  let settled = false;
  try {
    const answer = await ask(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const said = await answer.json();
    settled = true;
    banner("done", said.ok ? "good" : "bad", said.message, close("done"));
    if (said.ok) {
      for (const field of fields(form)) {
        settle(field);
      }
    } else if (said.error === "overtaken") {
      refreshVersion(form);
    }
  } catch (error) {
    console.warn(error);
    if (!settled) {
      banner("done", "bad", words.unsent + byHandset(form), close("done"));
    }
  } finally {
    doing.delete(name);
    pressed?.removeAttribute("aria-disabled");
    look();
  }
}

// What was taken is what the field is now.
function settle(field) {
  if (field instanceof HTMLSelectElement) {
    for (const option of field.options) {
      option.defaultSelected = option.selected;
    }
  } else {
    field.defaultValue = field.value;
  }
}

// The newer state is shown around the form that somebody is at; sent again it is meant.
async function refreshVersion(form) {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector(`form[data-do="${form.dataset.do}"] input[name=version]`);
  if (fresh) {
    form.querySelector("input[name=version]").value = fresh.value;
  }
}

function close(name) {
  const made = button("×", () => banner(name, "", ""));
  made.setAttribute("aria-label", words.dismiss);
  return made;
}

function prepare() {
  for (const opener of root.querySelectorAll("[data-help]")) {
    opener.hidden = false;
    opener.onclick = () => document.getElementById("card-keys").showModal();
  }
}

root.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-do]")) {
    event.preventDefault();
    send(event.target, event.submitter);
  }
});

// --- the note, the log-in ------------------------------------------------------------------------

function logInAgain() {
  loggedIn().then(() => {
    banner("link", "", "");
    live.again();
    note?.save();
    look();
  });
}

function over() {
  link = "session";
  banner("link", "bad", words.staleSession, button(words.logIn, logInAgain));
}

const typing = root.querySelector("form[data-note]");
const note = typing ? new Note(typing, `siaga-note ${words.account} ${here}`, over) : null;

// --- the stream --------------------------------------------------------------------------------

const address = (call) => `/card/${encodeURIComponent(call)}`;

async function go(call) {
  due = "";
  noteShown(call);
  if (note && !(await note.save())) {
    return tellOther(call);
  }
  location.assign(address(call));
}

function tellOther(call) {
  const open = document.createElement("a");
  open.className = "button button--small";
  open.href = address(call);
  open.textContent = words.open;
  banner("other", "late", words.other, open);
}

// The card of the call at one's handset opens by itself, but not over somebody who types.
function follow(news) {
  if (isAsked && news.call) {
    noteShown(news.call); // Who wants to sit elsewhere is not led away by the call that is up.
  }
  isAsked = false;
  if (!news.call || news.call === here) {
    other = due = "";
    banner("other", "", "");
    return;
  }
  if (news.call === other) {
    return;
  }
  other = news.call;
  // Whoever has gone away from it is not led back, either.
  due = wasShown(news.call) ? "" : news.call;
  if (due && isQuiet()) {
    go(due);
  } else {
    tellOther(other);
  }
}

const isQuiet = () => !note?.isBeingTyped() && !fields(root).some(isTouched);

const STALE = {
  console: () => `${words.staleConsole} ${lastSeen}. ${words.staleKeys}`,
  router: () => `${words.staleRouter} ${lastSeen}. ${words.staleKeys}`,
};

function showState(state) {
  showLink(state);
  if (state === "session") {
    over();
  } else if (isStale(state)) {
    banner("link", "bad", STALE[state]());
  } else {
    banner("link", "", "");
    if (link in STALE) {
      look();
    }
  }
  link = state;
}

const live = new Live(`${words.stream}?call=${encodeURIComponent(here)}`, {
  fragments(news) {
    follow(news);
    if (news.mark !== root.dataset.mark) {
      root.dataset.mark = news.mark;
      look();
    }
  },
  beat(said) {
    if (words.build !== said.build && !(note?.isOpen() || isBegun(root))) {
      location.reload();
    }
    serverTime(said.at);
    lastSeen = said.seen ? clockText(words.zone, Date.parse(said.seen)) : "–";
  },
  state: showState,
});

// --- begin ---------------------------------------------------------------------------------------

for (const piece of pieces(root)) {
  shown.set(piece.dataset.piece, "");
}
prepare();
everySecond(() => {
  if (!(link in STALE)) {
    tick(document);
  }
  // It still rings, and nobody types any more.
  if (due && isQuiet()) {
    go(due);
  }
});

if (isCard) {
  noteShown(here);
  new Keys(root, document.querySelector("[data-keys-now]"), words, (text) => banner("done", "late", text, close("done")));
  document.getElementById("card-title").focus({ preventScroll: true });
  setInterval(() => document.hidden || document.querySelector("dialog[open]") || link in STALE || link === "session" || look(), LOOK_MS);
  makeMap(root.querySelector("[data-regency]")).then(
    (made) => {
      marks = made;
      made.follow(root.querySelector("[data-marks]"));
      made.map.on("click", (event) => {
        const field = root.querySelector("input[name=position]");
        if (field) {
          field.value = `${event.latlng.lat.toFixed(5)},${event.latlng.lng.toFixed(5)}`;
        }
      });
    },
    (error) => console.warn(error),
  );
}
