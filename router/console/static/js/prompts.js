// The prompts: one player for the list, a recorder, and files sent without losing them.

import { ask } from "./session.js";

const words = document.querySelector("[data-words]").dataset;

// --- the list ------------------------------------------------------------------------------------

let playing = null;
const player = new Audio();

function ended() {
  if (playing) {
    playing.removeAttribute("data-on");
    playing.querySelector("[data-label]").textContent = words.listen;
  }
  playing = null;
}

for (const event of ["ended", "error"]) player.addEventListener(event, ended);

for (const link of document.querySelectorAll("a[data-play]")) {
  link.setAttribute("role", "button");
  link.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    link.click();
  });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const again = playing === link;
    player.pause();
    ended();
    if (again) return;
    playing = link;
    link.setAttribute("data-on", "");
    link.querySelector("[data-label]").textContent = words.stop;
    player.src = link.href;
    player.play().catch(() => {});
  });
}

// --- one of them: heard before it is used --------------------------------------------------------

for (const form of document.querySelectorAll("form[data-unheard]")) {
  const button = form.querySelector("button");
  button.disabled = true;
  form.closest("li").querySelector("audio").addEventListener("ended", () => {
    button.disabled = false;
    form.querySelector("[data-hint]")?.remove();
  });
}

const sounds = [...document.querySelectorAll("audio")];
for (const sound of sounds) {
  sound.addEventListener("play", () => {
    for (const other of sounds) if (other !== sound) other.pause();
  });
  sound.addEventListener("error", () => told(words.silent));
}

// --- a file is sent ------------------------------------------------------------------------------

function told(text) {
  const box = document.querySelector("[data-problem]");
  if (!box) return;
  box.hidden = !text;
  box.querySelector("p").textContent = text;
  if (text) box.scrollIntoView({ block: "nearest" });
}

/** Sends a recording; goes to the page that shows it, or says what was wrong. */
async function send(file, name, address) {
  const form = new FormData();
  form.append("file", file, name);
  told("");
  try {
    const answer = await ask(address, { method: "POST", body: form, headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (answer.ok) {
      location.assign(said.to);
      return true;
    }
    told(said.message || words.failed);
  } catch {
    told(words.failed);
  }
  return false;
}

const upload = document.querySelector("form[data-upload]");
upload?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [file] = upload.file.files;
  if (!file) return;
  const button = upload.querySelector("button");
  const label = button.textContent;
  button.disabled = true;
  button.textContent = words.sending;
  if (await send(file, file.name, upload.action)) return;
  button.disabled = false;
  button.textContent = label;
});

// --- a recording is made -------------------------------------------------------------------------

const recorder = document.querySelector("[data-recorder]");
if (recorder && window.MediaRecorder) {
  recorder.hidden = false;
  record(recorder);
}

function record(box) {
  const part = (name) => box.querySelector(`[data-${name}]`);
  const button = part("record");
  const label = part("record-label");
  const state = part("state");
  const most = Number(box.dataset.most);
  let running = null;

  const say = (text) => {
    if (state.textContent !== text) state.textContent = text;
  };

  async function begin() {
    told("");
    if (!navigator.mediaDevices) return say(words.insecure);
    button.disabled = true;
    try {
      // As the room is: what a browser takes out of it or adds to it is heard on the line.
      const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      listen(await navigator.mediaDevices.getUserMedia({ audio }));
    } catch (error) {
      say(error.name === "NotAllowedError" ? words.denied : words.nodevice);
    } finally {
      button.disabled = false;
    }
  }

  function listen(stream) {
    const pieces = [];
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    context.createMediaStreamSource(stream).connect(analyser);
    const machine = new MediaRecorder(stream);
    machine.addEventListener("dataavailable", (event) => pieces.push(event.data));
    machine.addEventListener("stop", () => finish(new Blob(pieces, { type: machine.mimeType })));
    machine.start(1000);
    running = { stream, context, analyser, machine, began: performance.now(), loudest: 0 };
    box.classList.add("is-on");
    label.textContent = words.stop;
    say(words.recording);
    requestAnimationFrame(draw);
  }

  function draw() {
    if (!running || running.machine.state !== "recording") return;
    const values = new Float32Array(running.analyser.fftSize);
    running.analyser.getFloatTimeDomainData(values);
    let peak = 0;
    for (const value of values) peak = Math.max(peak, Math.abs(value));
    running.loudest = Math.max(running.loudest * 0.995, peak);
    // -60 to 0 dB over the whole width.
    part("meter").value = peak > 0 ? Math.max(0, 100 + (2000 / 60) * Math.log10(peak)) : 0;
    const seconds = (performance.now() - running.began) / 1000;
    part("time").textContent = `${seconds.toFixed(1).replace(".", words.point)} s`;
    if (running.loudest > 0.98) say(words.loud);
    else if (seconds > 2 && running.loudest < 0.03) say(words.soft);
    else say(words.recording);
    if (seconds > most) stop();
    else requestAnimationFrame(draw);
  }

  function stop() {
    if (running?.machine.state === "recording") running.machine.stop();
  }

  async function finish(sound) {
    for (const track of running.stream.getTracks()) track.stop();
    running.context.close();
    running = null;
    box.classList.remove("is-on");
    label.textContent = words.record;
    part("meter").value = 0;
    say(words.sending);
    button.disabled = true;
    const kind = sound.type.includes("mp4") ? "m4a" : sound.type.includes("ogg") ? "ogg" : "webm";
    if (await send(sound, `mikrofon.${kind}`, upload.action)) return;
    button.disabled = false;
    say("");
  }

  button.addEventListener("click", () => (running ? stop() : begin()));
}
