// The note about a call: saved as it is typed. Whatever is away meanwhile, the text stays on the page
// and, until it is saved, in this window's own storage.

import { word } from "./session.js";

const PAUSE_MS = 600;
const AGAIN_MS = 3000;
const STILL_MS = 3000;

export class Note {
  // form: of the note. key: of the window's storage. over(): the log-in is over.
  constructor(form, key, over) {
    this.form = form;
    this.key = key;
    this.over = over;
    this.text = form.elements.namedItem("text");
    this.seen = form.elements.namedItem("seen");
    this.state = document.querySelector("[data-note-state]");
    this.conflict = form.querySelector("[data-conflict]");
    this.kept = this.text.value;
    this.timer = 0;
    this.saving = null;
    this.typed = 0;
    this.restore();
    this.text.addEventListener("input", () => {
      this.typed = Date.now();
      sessionStorage.setItem(this.key, this.text.value);
      this.say(this.form.dataset.saving);
      this.soon(PAUSE_MS);
    });
    this.text.addEventListener("blur", () => this.save());
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.save();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    window.addEventListener("pagehide", () => this.isOpen() && this.post(true).catch(() => {}));
    form.querySelector("[data-keep-both]").addEventListener("click", () => {
      this.text.value = `${this.theirs.text}\n${this.text.value}`.trim();
      this.settle();
    });
    form.querySelector("[data-keep-mine]").addEventListener("click", () => this.settle());
    form.querySelector("[data-keep-theirs]").addEventListener("click", () => {
      this.text.value = this.theirs.text;
      this.settle();
    });
  }

  // Whether something is typed that is not saved.
  isOpen() {
    return this.text.value !== this.kept;
  }

  isBeingTyped() {
    return this.isOpen() || (document.activeElement === this.text && Date.now() - this.typed < STILL_MS);
  }

  restore() {
    const left = sessionStorage.getItem(this.key);
    if (left !== null && left !== this.text.value) {
      this.text.value = left;
      this.say(this.form.dataset.restored);
      this.soon(0);
    }
  }

  say(text) {
    if (this.state.textContent !== text) this.state.textContent = text;
  }

  soon(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), ms);
  }

  post(last = false) {
    const body = new URLSearchParams(new FormData(this.form));
    const headers = { Accept: "application/json", "X-Siaga-Word": word() };
    return fetch(this.form.action, { method: "POST", body, headers, keepalive: last });
  }

  // Settles when all is saved, or cannot be now; true: it is.
  async save() {
    clearTimeout(this.timer);
    if (this.saving) await this.saving;
    if (!this.isOpen() || !this.conflict.hidden) {
      if (this.conflict.hidden && this.text.value) this.say(this.form.dataset.kept);
      return !this.isOpen();
    }
    this.saving = this.send().finally(() => (this.saving = null));
    return this.saving;
  }

  async send() {
    const sent = this.text.value;
    this.say(this.form.dataset.saving);
    try {
      const answer = await this.post();
      if (answer.status === 401 || answer.status === 403) {
        // No window opens by itself over somebody who types: their words would go into it.
        this.say(this.form.dataset.session);
        this.over();
        return false;
      }
      const said = await answer.json();
      if (said.ok) {
        this.kept = this.text.defaultValue = sent;
        this.seen.value = said.version;
        if (this.isOpen()) {
          this.soon(PAUSE_MS);
        } else {
          sessionStorage.removeItem(this.key);
          this.say(this.form.dataset.kept);
        }
        return !this.isOpen();
      }
      if (said.error === "overtaken") {
        this.meet(said);
        return false;
      }
      this.say(answer.status === 413 ? said.message : this.form.dataset.unkept);
    } catch {
      this.say(this.form.dataset.unkept);
    }
    this.soon(AGAIN_MS);
    return false;
  }

  meet(theirs) {
    this.theirs = theirs;
    this.form.querySelector("[data-theirs]").textContent = theirs.text;
    this.conflict.hidden = false;
    this.say("");
  }

  settle() {
    this.conflict.hidden = true;
    this.kept = this.theirs.text;
    this.seen.value = this.theirs.version;
    this.text.focus();
    this.save().then((kept) => kept && this.say(this.form.dataset.kept));
  }
}
