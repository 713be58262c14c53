// The keys of the card. What is pressed on a handset works here too: F8 or *, then the digits. A
// command is the button that has its keys written on it, so there is one list of both.

const LONGEST_MS = 6000;

const isField = (element) => element?.matches?.("input, textarea, select") ?? false;

export class Keys {
  // root: of the card. now: where it is said what was pressed. words: of the page. say(text).
  constructor(root, now, words, say) {
    this.root = root;
    this.now = now;
    this.words = words;
    this.say = say;
    this.typed = "";
    this.timer = 0;
    document.addEventListener("keydown", (event) => this.press(event), true);
  }

  press(event) {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    if (this.typed) {
      this.go(event);
    } else if (event.key === "F8" || (event.key === "*" && !isField(event.target))) {
      event.preventDefault();
      this.show("*");
    } else if (event.key === "?" && !isField(event.target)) {
      event.preventDefault();
      document.getElementById("card-keys")?.showModal();
    } else if (event.key in PLACES) {
      const place = PLACES[event.key](this.root);
      if (place) {
        event.preventDefault();
        place.focus();
        place.scrollIntoView({ block: "nearest" });
      }
    }
  }

  go(event) {
    if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    if (!/^[0-9*]$/.test(event.key)) {
      // Any other key is the end of it, and is what it always is, but for Escape.
      if (event.key === "Escape" || event.key === "Backspace") event.preventDefault();
      this.end();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "*") {
      this.show("*");
      return;
    }
    const typed = this.typed + event.key;
    const buttons = [...this.root.querySelectorAll("[data-keys]")];
    const found = buttons.find((button) => button.dataset.keys === typed);
    if (found) {
      this.end();
      found.click();
    } else if (buttons.some((button) => button.dataset.keys.startsWith(typed))) {
      this.show(typed);
    } else {
      this.end();
      this.say(this.words.noKey.replace("{keys}", typed));
    }
  }

  show(typed) {
    this.typed = typed;
    this.now.hidden = false;
    this.now.textContent = `${this.words.keysBegun} ${typed}`;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end(), LONGEST_MS);
  }

  end() {
    clearTimeout(this.timer);
    this.typed = "";
    this.now.hidden = true;
    this.now.textContent = "";
  }
}

const PLACES = {
  F2: (root) => root.querySelector("#note"),
  F4(root) {
    const open = [...root.querySelectorAll("[data-unasked]")];
    const next = open.indexOf(document.activeElement) + 1;
    return open[next] ?? open[0];
  },
  F9: (root) => root.querySelector("[data-incident-first]"),
};
