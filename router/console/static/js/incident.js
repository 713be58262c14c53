// One incident: forms are sent without leaving the page, so that nothing that is typed anywhere on
// it is lost, and the map takes a place by a click. Without this script they are plain forms.

import { makeMap } from "./map.js";
import { ask } from "./session.js";

const LOOK_MS = 5000;
const main = document.getElementById("main");
let sending = false;
let marks = null;

const here = () => main.querySelector("[data-incident]");
const forms = (root) => [...root.querySelectorAll("form[data-form]")];

function fields(form) {
  return [...form.elements].filter((field) => field.name && field.type !== "hidden");
}

function isTouched(field) {
  if (field instanceof HTMLSelectElement) {
    const given = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(given, 0);
  }
  return field.value !== field.defaultValue;
}

const isBegun = (form) => fields(form).some((field) => isTouched(field) || field === document.activeElement);

// The newer page in place of this one. Forms that somebody is at stay as they are, with the version
// that they were begun on; the map stays too.
function show(text, sent) {
  const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-incident]");
  if (!fresh) {
    return false;
  }
  const refused = fresh.querySelector("[data-focus]");
  const focused = document.activeElement;
  const kept = new Map(
    forms(here())
      .filter((form) => form !== sent && isBegun(form))
      .map((form) => [form.dataset.form, form]),
  );
  for (const form of forms(fresh)) {
    const old = kept.get(form.dataset.form);
    if (old) {
      form.replaceWith(old);
    }
  }
  fresh.querySelector(".map")?.replaceWith(here().querySelector(".map"));
  here().replaceWith(fresh);
  prepare();
  if (refused) {
    refused.focus();
  } else if (focused?.isConnected && focused !== document.activeElement) {
    focused.focus();
  }
  return true;
}

async function send(form, button) {
  if (sending) {
    return;
  }
  sending = true;
  const body = new URLSearchParams(new FormData(form, button));
  const unsent = form.parentElement.querySelector("[data-unsent]") ?? main.querySelector("[data-unsent]");
  button?.setAttribute("aria-disabled", "true");
  unsent && (unsent.hidden = true);
  try {
    const answer = await ask(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    const there = new URL(answer.url).pathname;
    if (answer.ok && there !== location.pathname) {
      location.assign(there);
      return;
    }
    if (!show(await answer.text(), form)) {
      throw new Error(`form: ${answer.status}`);
    }
  } catch (error) {
    console.warn(error);
    if (unsent) {
      unsent.hidden = false;
      unsent.scrollIntoView({ block: "nearest" });
    }
  } finally {
    sending = false;
    button?.removeAttribute("aria-disabled");
  }
}

function prepare() {
  for (const button of main.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  marks?.follow(main.querySelector("[data-marks]"));
}

main.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-form]")) {
    event.preventDefault();
    send(event.target, event.submitter);
  }
});

// A note is sent by Ctrl+Enter, too.
main.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("[data-send]")) {
    event.target.form.requestSubmit();
  }
});

// What others do is seen here within seconds. While the page is in the background it waits.
async function look() {
  if (document.hidden || sending || document.querySelector("dialog[open]")) {
    return;
  }
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    const text = answer.ok && !answer.redirected ? await answer.text() : "";
    const now = new DOMParser().parseFromString(text, "text/html").querySelector("[data-incident]");
    const isNew = now && now.dataset.version !== here().dataset.version;
    if (isNew && !sending && !main.querySelector("[data-focus]")) {
      show(text, null);
    }
  } catch (error) {
    console.warn(error);
  }
}

makeMap(main.querySelector("[data-regency]")).then(
  (made) => {
    marks = made;
    made.follow(main.querySelector("[data-marks]"));
    made.map.on("click", (event) => {
      const field = main.querySelector("input[name=position]");
      if (field) {
        field.value = `${event.latlng.lat.toFixed(5)},${event.latlng.lng.toFixed(5)}`;
      }
    });
  },
  (error) => console.warn(error),
);

prepare();
setInterval(look, LOOK_MS);
