// The way to Asterisk, as JsSIP wants one: each connection begins with a password of its own, which
// the console gives to whoever is logged in, and is given up when nothing is heard on it.

import { ask } from "../session.js";

const QUIET_MS = 25_000; // Asterisk asks for a sign of life every 10 s.
const LOOK_MS = 5_000;
const ASK_MS = 8_000;
// By this the console knows a page that comes back from another one, which has not its talk.
const PAGE = [...crypto.getRandomValues(new Uint8Array(12))].map((each) => each.toString(16).padStart(2, "0")).join("");

/** Why a connection cannot be had, for the page: "taken", "router_away", "forbidden", "gone", "away". */
export class Line {
  constructor(extension, { onpassword, onrefused }) {
    this.extension = extension;
    this.take = false;
    this._onpassword = onpassword;
    this._onrefused = onrefused;
    this._socket = null;
    this._tries = 0;
    const address = new URL(`/handset/${extension}/ws`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.url = address.href;
    this.sip_uri = `sip:${location.hostname.replace(/^\[|\]$/g, "").includes(":") ? "console.invalid" : location.hostname};transport=ws`;
    // What Asterisk sees is what the console speaks to it.
    this.via_transport = "WS";
    this.onconnect = this.ondisconnect = this.ondata = () => {};
  }

  connect() {
    this._begin(++this._tries);
  }

  async _begin(number) {
    const current = () => number === this._tries;
    try {
      const made = await this._password();
      if (!current() || !made) return;
      this._onpassword(made.password);
      this._open(current);
    } catch {
      if (current()) this._lost("away");
    }
  }

  async _password() {
    const address = `/handset/${this.extension}/begin?page=${PAGE}${this.take ? "&take=1" : ""}`;
    const answer = await ask(address, { method: "POST", signal: AbortSignal.timeout(ASK_MS) });
    if (answer.ok) {
      this.take = false;
      return answer.json();
    }
    const said = await answer.json().catch(() => ({}));
    const why = { 409: "taken", 403: "forbidden", 404: "gone" }[answer.status] ?? "router_away";
    this._lost(why, said.who);
    return null;
  }

  _open(current) {
    const socket = new WebSocket(this.url, "sip");
    this._socket = socket;
    socket.binaryType = "arraybuffer";
    let heard = performance.now();
    const watch = setInterval(() => {
      // After a sleep both clocks are far apart at once; a connection that lives says so soon.
      if (performance.now() - heard > QUIET_MS) over(4000);
    }, LOOK_MS);
    let ended = false;
    const over = (code) => {
      if (ended) return;
      ended = true;
      clearInterval(watch);
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
      if (this._socket === socket) this._socket = null;
      if (current()) this._lost(code === 4001 ? "taken" : "away");
    };
    socket.onopen = () => current() && this.onconnect();
    socket.onmessage = ({ data }) => {
      heard = performance.now();
      if (current()) this.ondata(data);
    };
    socket.onclose = ({ code }) => over(code);
  }

  _lost(why, who = "") {
    this._onrefused(why, who);
    this.ondisconnect(true, 0, why);
  }

  disconnect() {
    this._tries += 1;
    const socket = this._socket;
    this._socket = null;
    socket?.close();
  }

  send(text) {
    if (this._socket?.readyState !== WebSocket.OPEN) return false;
    this._socket.send(text);
    return true;
  }

  isConnected() {
    return this._socket?.readyState === WebSocket.OPEN;
  }

  isConnecting() {
    return this._socket?.readyState === WebSocket.CONNECTING;
  }

  /** Another network: what was connected over the old one is not waited for. */
  renew() {
    const socket = this._socket;
    if (socket) socket.onclose?.({ code: 4000 });
  }
}
