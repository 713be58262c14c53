// The handset in the browser. The call itself is Asterisk's; this page only rings, talks and says
// what is so.

import { Line } from "./handset/line.js";
import { canChooseSpeaker, Sound } from "./handset/sound.js";
import { fill, keep, kept } from "./handset/devices.js";

const root = document.querySelector("[data-handset-page]");
const words = JSON.parse(root.dataset.words);
const one = (name) => root.querySelector(`[data-${name}]`);
const every = (name) => root.querySelectorAll(`[data-${name}]`);
const title = document.title;

let ua = null;
let line = null;
let session = null;
let state = "off";
let began = 0;
let problem = "";
let lock = null;

const sound = new Sound({
  remote: one("remote"),
  ring: one("ring-sound"),
  onlevels: (mine, theirs) => {
    one("level-mine").value = session?.isMuted().audio ? 0 : mine;
    one("level-theirs").value = theirs;
  },
  onmicrophone: (there) => {
    one("no-microphone").hidden = there;
  },
});

// --- what is so, in words ------------------------------------------------------------------

function show(next, why = problem) {
  const before = state;
  state = next;
  problem = why;
  root.dataset.state = next;
  one("state").textContent = words[next];
  one("why").textContent = problem ? words[problem] ?? "" : "";
  one("why").hidden = !problem;
  const inCall = Boolean(session);
  for (const part of every("when")) {
    part.hidden = !part.dataset.when.split(" ").includes(next);
  }
  one("start").closest("form").hidden = next !== "off";
  one("place").disabled = next !== "off";
  one("mute").setAttribute("aria-pressed", String(Boolean(session?.isMuted().audio)));
  one("hold").setAttribute("aria-pressed", String(Boolean(session?.isOnHold().local)));
  for (const button of every("call-only")) button.disabled = !["talking", "held"].includes(next);
  document.title = next === "ringing" ? `☎ ${words.ringing} · ${title}` : title;
  if (!inCall) one("muted-note").hidden = true;
  if (before !== next && next === "ringing") one("answer").focus();
}

function rest() {
  if (session) return;
  if (!ua) return show("off");
  show(ua.isRegistered() ? "ready" : "connecting");
}

setInterval(() => {
  if (!session || !began) return;
  const seconds = Math.max(0, Math.floor((Date.now() - began) / 1000));
  one("time").textContent = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}, 500);

// --- logging in ------------------------------------------------------------------------------

async function start({ take = false } = {}) {
  if (ua) return;
  const extension = one("place").value;
  show("connecting", "");
  try {
    await sound.start(kept().microphone);
  } catch (error) {
    show("off", error.name === "NotFoundError" ? "no_microphone" : "microphone_refused");
    return;
  }
  await fill(every("kind"), words);
  await Promise.allSettled([sound.speaker(kept().speaker ?? ""), sound.ringer(kept().ringer ?? "")]);
  keep({ place: extension });
  one("here").textContent = extension;
  line = new Line(extension, { onpassword: (password) => ua.set("password", password), onrefused });
  line.take = take;
  ua = new JsSIP.UA({
    sockets: [line],
    uri: `sip:${extension}@${location.hostname}`,
    password: "-",
    user_agent: "siaga112",
    register_expires: 120,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 4,
  });
  ua.on("registered", () => {
    problem = "";
    rest();
  });
  ua.on("unregistered", () => rest());
  ua.on("registrationFailed", () => {
    // The password of this connection is not good: another connection has another one.
    problem = "away";
    rest();
    line?.renew();
  });
  ua.on("disconnected", () => (session ? show(state, "cut") : rest()));
  ua.on("connected", () => {
    if (session) resume();
  });
  ua.on("newRTCSession", ({ session: fresh, originator }) => met(fresh, originator === "remote"));
  ua.start();
  navigator.wakeLock?.request("screen").then((held) => (lock = held), () => {});
}

function onrefused(why, who) {
  if (["taken", "forbidden", "gone"].includes(why)) {
    // Nothing that trying again would mend. Whoever we talked with is led on by the console.
    stop();
    one("who").textContent = who;
    one("taken").hidden = why !== "taken" || !who;
    show("off", why === "taken" && !who ? "taken_away" : why);
    return;
  }
  problem = session ? "cut" : why;
  show(session ? state : "connecting", problem);
}

function stop() {
  const old = ua;
  ua = null;
  line = null;
  if (session) drop(session);
  old?.stop();
  sound.stop();
  lock?.release();
  lock = null;
  one("here").textContent = "";
  show("off", "");
}

// --- a call ------------------------------------------------------------------------------------

function met(fresh, incoming) {
  if (session) {
    fresh.terminate({ status_code: 486 });
    return;
  }
  session = fresh;
  began = 0;
  one("time").textContent = "";
  const party = fresh.remote_identity;
  one("name").textContent = incoming ? party.display_name || party.uri.user || words.unknown : party.uri.user;
  one("number").textContent = incoming && party.display_name ? party.uri.user || "" : "";
  one("transferred").textContent = "";
  one("to").value = "";
  fresh.on("ended", () => drop(fresh));
  fresh.on("failed", () => drop(fresh));
  fresh.on("accepted", () => talking(fresh));
  fresh.on("confirmed", () => talking(fresh));
  for (const event of ["hold", "unhold"]) fresh.on(event, () => session === fresh && talking(fresh));
  for (const event of ["muted", "unmuted"]) fresh.on(event, () => session === fresh && talking(fresh));
  if (fresh.connection) connected(fresh.connection);
  else fresh.on("peerconnection", ({ peerconnection }) => connected(peerconnection));
  if (incoming) {
    sound.ring();
    show("ringing", "");
  } else {
    show("calling", "");
  }
}

function connected(connection) {
  connection.addEventListener("track", ({ streams, track }) => sound.hear(streams[0] ?? new MediaStream([track])));
}

function talking(fresh) {
  if (session !== fresh || !fresh.isEstablished()) return;
  sound.hush();
  if (!began) began = Date.now();
  one("muted-note").hidden = !fresh.isMuted().audio;
  show(fresh.isOnHold().local ? "held" : "talking");
}

function drop(ended) {
  if (session !== ended) return;
  session = null;
  began = 0;
  sound.hush();
  sound.quiet();
  problem = "";
  rest();
}

// The call went on without us in Asterisk: tell it where we are now, and see whether it is still there.
function resume() {
  if (session.isEstablished() && session.isReadyToReOffer()) session.renegotiate();
  show(state, "");
}

const MEDIA = { pcConfig: { iceServers: [] } };

const deeds = {
  answer() {
    if (session?.direction !== "incoming" || !session.isInProgress()) return;
    sound.hush();
    session.answer({ ...MEDIA, mediaStream: sound.microphone });
    show("answering");
  },
  hangup() {
    if (session && !session.isEnded()) session.terminate(session.isEstablished() ? {} : { status_code: 486 });
  },
  mute() {
    if (!session?.isEstablished()) return;
    if (session.isMuted().audio) session.unmute({ audio: true });
    else session.mute({ audio: true });
  },
  hold() {
    if (!session?.isEstablished()) return;
    if (session.isOnHold().local) session.unhold();
    else session.hold();
  },
  transfer() {
    if (!session?.isEstablished()) return;
    const target = one("to").value;
    if (!target) return one("to").focus();
    one("transferred").textContent = words.sending;
    const sending = session;
    // Once the other one rings the caller is Asterisk's to lead on, and we are done with them.
    const done = () => !sending.isEnded() && sending.terminate();
    const sent = session.refer(target, {
      eventHandlers: {
        requestFailed: () => (one("transferred").textContent = words.not_sent),
        failed: () => (one("transferred").textContent = words.not_sent),
        progress: done,
        accepted: done,
      },
    });
    if (sent === false) one("transferred").textContent = words.not_sent;
  },
  dial() {
    const typed = one("keys").value.replace(/[^0-9*#]/g, "");
    if (!typed) return one("keys").focus();
    if (session?.isEstablished()) press(typed);
    else if (!session && ua?.isRegistered()) ua.call(typed, { ...MEDIA, mediaStream: sound.microphone });
    else return;
    one("keys").value = "";
  },
  test() {
    sound.ring();
    setTimeout(() => state !== "ringing" && sound.hush(), 2000);
  },
  stop() {
    stop();
  },
  take() {
    one("taken").hidden = true;
    start({ take: true });
  },
};

function press(keys) {
  session.sendDTMF(keys, { transportType: "RFC2833", duration: 120, interToneGap: 80 });
}

// --- buttons and keys ------------------------------------------------------------------------------

root.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  if (button.dataset.key) {
    if (session?.isEstablished()) press(button.dataset.key);
    else one("keys").value += button.dataset.key;
    return;
  }
  deeds[button.dataset.do]?.();
});

one("start").closest("form").addEventListener("submit", (event) => {
  event.preventDefault();
  one("taken").hidden = true;
  start();
});

one("dialler").addEventListener("submit", (event) => {
  event.preventDefault();
  deeds.dial();
});

const LETTERS = { j: "answer", x: "hangup", b: "mute", t: "hold" };

document.addEventListener("keydown", (event) => {
  if (!one("letters").checked || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest("input:not([type=checkbox], [type=range]), select, textarea, dialog")) return;
  const deed = LETTERS[event.key.toLowerCase()];
  if (deed && session) {
    event.preventDefault();
    deeds[deed]();
  } else if (/^[0-9*#]$/.test(event.key) && session?.isEstablished()) {
    press(event.key);
  }
});

// --- what is kept, and what changes around us --------------------------------------------------------

one("letters").checked = kept().letters ?? true;
one("letters").addEventListener("change", ({ target }) => keep({ letters: target.checked }));
sound.clean = kept().clean ?? true;
one("clean").checked = sound.clean;
one("clean").addEventListener("change", async ({ target }) => {
  sound.clean = target.checked;
  keep({ clean: target.checked });
  if (ua) await change();
});
one("volume").value = kept().volume ?? 100;
sound.volume(one("volume").value / 100);
one("volume").addEventListener("input", ({ target }) => {
  keep({ volume: Number(target.value) });
  sound.volume(target.value / 100);
});
if ([...one("place").options].some((each) => each.value === kept().place)) one("place").value = kept().place;
if (!canChooseSpeaker) for (const part of every("speaker-only")) part.hidden = true;

for (const select of every("kind")) {
  select.addEventListener("change", async () => {
    keep({ [select.name]: select.value });
    if (select.name === "microphone" && ua) await change();
    if (select.name === "speaker") await sound.speaker(select.value);
    if (select.name === "ringer") await sound.ringer(select.value);
  });
}

async function change() {
  const track = await sound.listen(kept().microphone);
  const sender = session?.connection?.getSenders().find((each) => each.track?.kind === "audio");
  if (!sender) return;
  track.enabled = !session.isMuted().audio;
  await sender.replaceTrack(track);
}

navigator.mediaDevices?.addEventListener("devicechange", async () => {
  await fill(every("kind"), words);
  const gone = sound.microphone?.getAudioTracks()[0]?.readyState === "ended";
  if (ua && gone) await change().catch(() => {});
});

addEventListener("online", () => line?.renew());
addEventListener("beforeunload", (event) => {
  if (session) event.preventDefault();
});
// Whoever closes the page in the midst of a talk has not ended it: the console leads the caller on.
addEventListener("pagehide", () => (session ? line?.disconnect() : ua?.stop()));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && ua) navigator.wakeLock?.request("screen").then((held) => (lock = held), () => {});
});
one("apart")?.addEventListener("click", (event) => {
  event.preventDefault();
  if (!session) stop();
  open(event.currentTarget.href, "siaga-handset", "popup,width=400,height=760");
});

// What was chosen before would be lost without a word.
for (const part of every("until-script")) part.disabled = false;

if (!window.isSecureContext || !navigator.mediaDevices || !window.RTCPeerConnection) {
  one("start").disabled = true;
  show("off", "insecure");
} else {
  show("off", "");
}
