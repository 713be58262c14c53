// On a page beside the card: the card opens when the handset of this desk rings, unless something
// is being typed here; then it is told, and one goes there when one likes.

import { Live } from "./live.js";
import { noteShown, wasShown } from "./shown.js";

const note = document.querySelector("[data-ring]");

function isTyping() {
  const fields = document.querySelectorAll("#main input:not([type=hidden]), #main textarea, #main select");
  return [...fields].some((field) => {
    if (field instanceof HTMLSelectElement) {
      return field === document.activeElement;
    }
    const switched = field.type === "checkbox" || field.type === "radio";
    return switched ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  });
}

function tell(text, address) {
  if (!text) {
    note.replaceChildren();
    return;
  }
  if (!note.firstChild) {
    const link = document.createElement("a");
    link.className = "button button--main";
    link.textContent = note.dataset.open;
    note.append(document.createElement("strong"), link);
  }
  // The link stays the one that somebody is pressing just now, whatever is heard of the call.
  const [words, link] = note.children;
  if (words.textContent !== text) {
    words.textContent = text;
  }
  link.href = address;
}

new Live(note.dataset.stream, {
  fragments(news) {
    const address = news.call ? `/card/${encodeURIComponent(news.call)}` : "/card";
    const open = !isTyping() && !document.querySelector("dialog[open]");
    // Whoever has gone away from the card of a call is not led back to it.
    const isNew = news.call && !wasShown(news.call);
    if (isNew && open) {
      noteShown(news.call);
      location.assign(address);
    } else if (news.where === "ringing" || (news.call && isNew)) {
      tell(news.call ? note.dataset.rings : note.dataset.several, address);
    } else {
      tell("");
    }
  },
  beat() {},
  state() {},
});
