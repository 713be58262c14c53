// The talks as they begin and end: the board's stream tells that something is another, the page asks
// for its own rows of it.

import { everySecond, serverTime, tick } from "./clock.js";
import { showLink } from "./link.js";
import { Live } from "./live.js";
import { patch } from "./patch.js";

const list = document.querySelector('[data-list="talks"]');
let asked = false;
let again = false;

async function refresh() {
  if (asked) {
    again = true;
    return;
  }
  asked = true;
  try {
    const answer = await fetch(`/supervise/talks?at=${encodeURIComponent(list.dataset.at)}`);
    if (answer.ok) {
      patch(await answer.json());
      tick(list);
    }
  } catch {
    // The stream tells that the console is away.
  } finally {
    asked = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

new Live("/board/stream", {
  fragments(news) {
    if (news.lists?.calls) {
      refresh();
    }
  },
  beat(said) {
    serverTime(said.at);
  },
  state: showLink,
});
everySecond(() => tick(list));
