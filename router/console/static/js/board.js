// The live board: the server's fragments, the waits that grow by themselves, and whether all of it
// is still true.

import { clockText, everySecond, now, serverTime, tick } from "./clock.js";
import { isStale, showLink } from "./link.js";
import { Live } from "./live.js";
import { makeMap } from "./map.js";
import { patch } from "./patch.js";
import { loggedIn } from "./session.js";

const SAID_MS = 5000;

const board = document.querySelector("[data-board]");
const notices = document.querySelector("[data-notices]");
const spoken = document.querySelector("[data-said]");
const incidents = document.querySelector('[data-list="incidents"]');
const words = board.dataset;
let map = null;
let lastSeen = "";
let said = { text: "", at: 0 };

// A wait that is too long is told by a word and a mark, not by its colour alone.
function judge() {
  const at = now();
  const goals = board.querySelector("[data-goals]")?.dataset ?? {};
  for (const row of board.querySelectorAll("[data-where]")) {
    const wait = row.querySelector("[data-wait] [data-since]");
    const ms = wait ? at - Date.parse(wait.dataset.since) : 0;
    const late = ms >= goals.red * 1000 ? "bad" : ms >= goals.amber * 1000 ? "late" : "";
    if (row.dataset.late === late) {
      continue;
    }
    row.dataset.late = late;
    const word = row.querySelector("[data-late-word]");
    if (word) {
      const seconds = late === "bad" ? goals.red : goals.amber;
      word.hidden = !late;
      word.lastElementChild.textContent = `${words.above} ${Number(seconds)} s`;
      word.className = `badge late-word badge--${late}`;
    }
  }
}

function speak() {
  const waiting = board.querySelectorAll('[data-where]:not([data-where="talking"])').length;
  const calls = board.querySelectorAll("[data-where]").length;
  const text = words.spoken.replace("{calls}", calls).replace("{waiting}", waiting);
  if (text !== said.text && Date.now() - said.at > SAID_MS) {
    said = { text, at: Date.now() };
    spoken.textContent = text;
  }
}

function refresh() {
  tick(board);
  judge();
}

function notice(kind, text, button) {
  notices.replaceChildren();
  if (!text) {
    return;
  }
  const banner = document.getElementById("notice").content.firstElementChild.cloneNode(true);
  banner.classList.add(`banner--${kind}`);
  banner.querySelector("p").append(text);
  if (button) {
    banner.append(button);
  }
  notices.append(banner);
}

const STALE = {
  console: () => `${words.staleConsole} ${lastSeen}. ${words.retrying}`,
  router: () => `${words.staleRouter} ${lastSeen}. ${words.retrying}`,
  session: () => words.staleSession,
};

// The page stays as it is; the window to log in opens over it.
function logInAgain() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small";
  button.textContent = words.logIn;
  button.addEventListener("click", () => loggedIn().then(() => live.again()));
  return button;
}

function showState(state) {
  if (state === "live") {
    performance.mark("board-live");
  }
  const stale = isStale(state);
  board.classList.toggle("board--stale", stale);
  showLink(state);
  if (stale) {
    notice("bad", STALE[state](), state === "session" ? logInAgain() : null);
  } else {
    notice("late", state === "asterisk" ? words.staleAsterisk : "");
  }
}

const live = new Live(words.stream, {
  fragments(news) {
    patch(news);
    board.classList.remove("board--unknown");
    refresh();
    if (news.lists?.incidents) {
      map?.follow(incidents);
    }
    speak();
  },
  beat(said) {
    if (words.build !== said.build) {
      // Another version of the console runs by now: its page goes with it.
      location.reload();
    }
    serverTime(said.at);
    lastSeen = said.seen ? clockText(words.zone, Date.parse(said.seen)) : "–";
  },
  state: showState,
});

everySecond(() => {
  // Nobody knows whether what was up then still is: its times stand still.
  if (!board.classList.contains("board--stale")) {
    refresh();
    speak();
  }
});

makeMap(document.querySelector("[data-regency]")).then(
  (made) => {
    map = made;
    map.follow(incidents);
  },
  // The board is worth having without its map; the list beside it says the same.
  (error) => console.warn(error),
);

export { live };
