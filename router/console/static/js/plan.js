// The plan's text: kept and judged a moment after each change, its lines numbered and those that are
// wrong marked. The forms beside it write into the same text. Without this script all are plain forms.

import { ask } from "./session.js";

const QUIET_MS = 500;
const AGAIN_MS = 3000;
const form = document.getElementById("plan-form");
const area = form.querySelector("[data-text]");
const numbers = form.querySelector("[data-numbers]");
const told = document.querySelector("[data-told]");
let wrong = new Set(
  [...document.querySelectorAll(".problem [data-line]")].map((button) => Number(button.dataset.line)),
);
let kept = area.value;
let timer = 0;
let asking = null;
let isPutting = false;

function number() {
  const count = area.value.split("\n").length;
  while (numbers.childElementCount > count) {
    numbers.lastElementChild.remove();
  }
  while (numbers.childElementCount < count) {
    const line = document.createElement("span");
    line.textContent = String(numbers.childElementCount + 1);
    numbers.append(line);
  }
  for (const [index, line] of [...numbers.children].entries()) {
    line.classList.toggle("is-wrong", wrong.has(index + 1));
  }
  numbers.scrollTop = area.scrollTop;
}

function say(what) {
  told.textContent = what ? told.dataset[what] : "";
}

const made = (html) => new DOMParser().parseFromString(html, "text/html").body.firstElementChild;

function put(parts) {
  for (const [name, html] of Object.entries(parts)) {
    const fresh = made(html);
    if (name === "forms") {
      putForms(fresh);
    } else {
      document.getElementById(fresh.id)?.replaceWith(fresh);
    }
  }
}

// Forms that are as they were stay, and so does what somebody is at; what is open stays open.
function putForms(fresh) {
  const now = document.getElementById("plan-forms");
  const old = new Map([...now.children].map((part) => [part.dataset.part, part]));
  const focused = document.activeElement?.closest("#plan-forms") ? document.activeElement : null;
  const { name, value } = focused ?? {};
  const at = focused?.closest("[data-part]")?.dataset.part;
  const isTyping = focused && "value" in focused && focused.dataset.given !== value;
  const before = focused?.dataset.given;
  // A field that moves while somebody types in it is called changed by browsers: they are not done.
  isPutting = true;
  for (const part of [...fresh.children]) {
    const same = old.get(part.dataset.part);
    if (same?.dataset.digest === part.dataset.digest && same.dataset.digest) {
      part.replaceWith(same);
    } else if (same?.open) {
      part.open = true;
    }
  }
  now.replaceWith(fresh);
  isPutting = false;
  if (!focused) {
    return;
  }
  const again = focused.isConnected
    ? focused
    : likeIt(fresh.querySelector(`[data-part="${CSS.escape(at)}"]`), focused);
  if (!again) {
    return;
  }
  const given = again === focused ? (before ?? value) : again.value;
  if (isTyping) {
    again.value = value;
  }
  again.focus();
  again.dataset.given = given;
}

// The field in a part that is what another one was; after a row that went, the one in its place.
function likeIt(part, field) {
  const { name, value } = field;
  if (name === "drop") {
    return (
      part?.querySelector(`[name="drop"][value="${CSS.escape(value)}"]`) ??
      part?.querySelector(".grid__row--new input")
    );
  }
  return [...(part?.querySelectorAll("[name]") ?? [])].find(
    (other) => other.name === name && other.type !== "hidden" && name !== "take",
  );
}

// A text that came from a form, in place of what is in the area; the view stays where it was.
function putText(text) {
  if (text === area.value) {
    return;
  }
  const { scrollTop, selectionStart } = area;
  area.value = text;
  area.setSelectionRange(selectionStart, selectionStart);
  area.scrollTop = scrollTop;
}

async function fill(body, action) {
  if (asking || area.value !== kept) {
    await keep();
  }
  if (area.value !== kept) {
    return;
  }
  say("saving");
  try {
    const answer = await ask(action, { method: "POST", body, headers: { Accept: "application/json" } });
    const found = await answer.json();
    if (!answer.ok) {
      told.textContent = found.message;
      return;
    }
    if (area.value === kept) {
      putText(found.text);
      kept = area.value;
    }
    wrong = new Set(found.lines);
    area.setAttribute("aria-invalid", String(found.lines.length > 0));
    put(found.parts);
    number();
    say("saved");
  } catch (error) {
    console.warn(error);
    say("unsaved");
  }
}

let filling = Promise.resolve();

async function keep() {
  clearTimeout(timer);
  if (asking) {
    return asking;
  }
  asking = send();
  const isKept = await asking;
  asking = null;
  if (!isKept) {
    timer = setTimeout(keep, AGAIN_MS);
  } else if (area.value !== kept) {
    return keep();
  }
  return isKept;
}

async function send() {
  const text = area.value;
  const body = new URLSearchParams(new FormData(form));
  say("saving");
  try {
    const answer = await ask(form.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    const found = await answer.json();
    if (!answer.ok) {
      told.textContent = found.message;
      return false;
    }
    kept = text;
    if (area.value === text) {
      wrong = new Set(found.lines);
      area.setAttribute("aria-invalid", String(found.lines.length > 0));
      put(found.parts);
      number();
      say("saved");
    }
    return true;
  } catch (error) {
    console.warn(error);
    say("unsaved");
    return false;
  }
}

function go(line, column) {
  const before = area.value.split("\n").slice(0, line - 1);
  const start = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  area.focus();
  area.setSelectionRange(start, start + 1);
  const height = area.scrollHeight / area.value.split("\n").length;
  area.scrollTop = Math.max(0, (line - 6) * height);
}

area.addEventListener("input", () => {
  number();
  clearTimeout(timer);
  timer = setTimeout(keep, QUIET_MS);
});
area.addEventListener("scroll", () => {
  numbers.scrollTop = area.scrollTop;
});
document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-line]");
  if (place) {
    go(Number(place.dataset.line), Number(place.dataset.column));
  }
});
addEventListener("beforeunload", (event) => {
  if (area.value !== kept && !form.dataset.leaving) {
    event.preventDefault();
  }
});
form.addEventListener("submit", () => {
  form.dataset.leaving = "1";
});
const main = document.getElementById("main");
main.classList.add("is-scripted");
main.addEventListener("focusin", (event) => {
  if ("value" in event.target) {
    event.target.dataset.given = event.target.value;
  }
});
// What is in a field is sent when it is another than was given, once it is done with.
function commit(field) {
  const fields = field.closest('form[action="/plan/form"][data-fields]');
  if (!fields || isPutting || !field.matches("input, select, textarea") || field.dataset.given === field.value) {
    return;
  }
  field.dataset.given = field.value;
  const body = new URLSearchParams(new FormData(fields));
  filling = filling.then(() => fill(body, "/plan/form"));
}
main.addEventListener("change", (event) => commit(event.target));
main.addEventListener("focusout", (event) => commit(event.target));
main.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-fields]")) {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(event.target, event.submitter));
    const { action } = event.target;
    filling = filling.then(() => fill(body, action));
  }
});
number();
