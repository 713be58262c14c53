// The plan's text: kept and judged a moment after each change, its lines numbered and those that are
// wrong marked. Without this script it is a plain form.

import { ask } from "./session.js";

const QUIET_MS = 500;
const AGAIN_MS = 3000;
const form = document.getElementById("plan-form");
const area = form.querySelector("[data-text]");
const numbers = form.querySelector("[data-numbers]");
const told = document.querySelector("[data-told]");
let wrong = new Set(
  [...document.querySelectorAll("[data-line]")].map((button) => Number(button.dataset.line)),
);
let kept = area.value;
let timer = 0;
let asking = null;

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

function put(parts) {
  for (const html of Object.values(parts)) {
    const made = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    document.getElementById(made.id)?.replaceWith(made);
  }
}

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
number();
