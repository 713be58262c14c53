// A stream of the server's that is never silently dead.
//
// The server speaks once a second at least. The page itself watches that: a broken connection, a
// sleeping laptop and a hung console look alike to it, and each heals by a new connection.

const STALE_MS = 3000;
const RETRY_MS = 1000;
const GIVE_UP_MS = 6000;
const WATCH_MS = 500;

export class Live {
  // url: of the stream. on: {fragments(data), beat(data), state(name, lastHeardMs)}
  constructor(url, on) {
    this.url = url;
    this.on = on;
    this.heard = performance.now();
    this.heardAt = Date.now();
    this.state = "";
    this.source = null;
    this.opened = 0;
    this.server = "live";
    this.greeted = false;
    this.connect();
    setInterval(() => this.watch(), WATCH_MS);
    // Timers stand still while a laptop sleeps or a tab is frozen: look as soon as it is back.
    for (const [target, name] of [
      [document, "visibilitychange"],
      [window, "pageshow"],
      [window, "online"],
      [window, "focus"],
    ]) {
      target.addEventListener(name, () => this.watch());
    }
  }

  // Somebody is logged in again.
  again() {
    this.server = "live";
    this.connect();
    this.tell();
  }

  connect() {
    this.source?.close();
    this.opened = performance.now();
    const source = new EventSource(this.url);
    this.source = source;
    source.addEventListener("fragments", (event) => {
      this.hear();
      this.greeted = true;
      this.on.fragments(JSON.parse(event.data));
    });
    source.addEventListener("beat", (event) => {
      this.hear();
      const said = JSON.parse(event.data);
      this.server = said.state;
      this.on.beat(said);
      this.tell();
    });
    source.addEventListener("over", () => {
      this.server = "session";
      this.tell();
    });
    source.addEventListener("error", () => {
      if (this.source === source && source.readyState === EventSource.CLOSED) {
        this.refused();
      }
    });
  }

  // The browser does not say why a stream was refused: ask once more, in a way that does.
  async refused() {
    const stop = new AbortController();
    try {
      const headers = { Accept: "text/event-stream" };
      const answer = await fetch(this.url, { headers, signal: stop.signal });
      if (answer.status === 401 || answer.status === 403) {
        this.server = "session";
        this.tell();
      }
      stop.abort();
    } catch {
      // It is away: watch() goes on trying.
    }
  }

  hear() {
    this.heard = performance.now();
    this.heardAt = Date.now();
  }

  // Both clocks: one stands still in sleep on some systems, the other can be set.
  silence() {
    return Math.max(performance.now() - this.heard, Date.now() - this.heardAt);
  }

  watch() {
    const silence = this.silence();
    const tried = performance.now() - this.opened;
    const closed = this.source.readyState === EventSource.CLOSED;
    if (this.server === "session") {
      return;
    }
    if ((closed && tried > RETRY_MS) || (silence > GIVE_UP_MS && tried > GIVE_UP_MS)) {
      this.connect();
    }
    this.tell();
  }

  tell() {
    let state = this.server;
    if (state !== "session" && this.silence() > STALE_MS) {
      state = "console";
    } else if (!this.greeted && state === "live") {
      state = "connecting";
    }
    if (state !== this.state) {
      this.state = state;
      this.on.state(state, this.heardAt);
    }
  }
}
