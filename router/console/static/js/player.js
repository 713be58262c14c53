// The outline of a recording with its marks: click, drag or keys go to a place in it. The sound
// itself is the browser's own player, which works without this.

import { ask } from "./session.js";

const SVG = "http://www.w3.org/2000/svg";
const STEP_S = 5;
const LEAP_S = 30;

const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

function drawn(levels) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${Math.max(levels.length, 1)} 100`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  // Loudness as it is heard: a quiet voice is seen too.
  const bars = levels.map((level, x) => {
    const half = Math.max(1, Math.sqrt(level / 100) * 48);
    return `M${x} ${50 - half}h.8v${2 * half}h-.8z`;
  });
  const clip = document.createElementNS(SVG, "clipPath");
  const past = document.createElementNS(SVG, "rect");
  clip.id = "player-past";
  past.setAttribute("height", "100");
  past.setAttribute("width", "0");
  clip.append(past);
  svg.append(clip);
  for (const kind of ["all", "past"]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", `player__${kind}`);
    path.setAttribute("d", bars.join(""));
    if (kind === "past") path.setAttribute("clip-path", "url(#player-past)");
    svg.append(path);
  }
  return [svg, past];
}

function part(name) {
  const made = document.createElement("span");
  made.className = name;
  return made;
}

function prepare(player, outline) {
  const audio = player.querySelector("audio");
  const wave = player.querySelector("[data-wave]");
  const length = outline.duration_ms / 1000;
  const [svg, past] = drawn(outline.levels);
  const needle = part("player__at");
  wave.append(svg, needle);

  const share = (s) => `${Math.min(100, (100 * s) / Math.max(length, 0.001))}%`;
  const show = () => {
    const at = audio.currentTime;
    needle.style.left = share(at);
    past.setAttribute("width", String((outline.levels.length * at) / Math.max(length, 0.001)));
    wave.setAttribute("aria-valuenow", String(Math.round(at)));
    wave.setAttribute("aria-valuetext", `${clock(at)} ${player.dataset.of} ${clock(length)}`);
  };
  const go = (s) => {
    audio.currentTime = Math.min(Math.max(s, 0), Math.max(length - 0.05, 0));
    show();
  };

  for (const [index, item] of [...player.querySelectorAll("[data-at]")].entries()) {
    const at = Number(item.dataset.at);
    const mark = part("player__mark");
    mark.style.left = share(at);
    if (at > length * 0.95) mark.classList.add("player__mark--late");
    const name = document.createElement("span");
    name.textContent = String(index + 1);
    mark.append(name);
    wave.append(mark);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "player__go";
    button.append(...item.childNodes);
    button.addEventListener("click", () => {
      go(at);
      audio.play();
    });
    item.append(button);
  }

  wave.tabIndex = 0;
  wave.setAttribute("role", "slider");
  wave.setAttribute("aria-label", player.dataset.label);
  wave.setAttribute("aria-valuemin", "0");
  wave.setAttribute("aria-valuemax", String(Math.round(length)));
  const pointed = (event) => {
    const box = wave.getBoundingClientRect();
    go((length * (event.clientX - box.left)) / box.width);
  };
  wave.addEventListener("pointerdown", (event) => {
    wave.setPointerCapture(event.pointerId);
    pointed(event);
  });
  wave.addEventListener("pointermove", (event) => {
    if (wave.hasPointerCapture(event.pointerId)) pointed(event);
  });
  const keys = {
    ArrowLeft: () => go(audio.currentTime - STEP_S),
    ArrowDown: () => go(audio.currentTime - STEP_S),
    ArrowRight: () => go(audio.currentTime + STEP_S),
    ArrowUp: () => go(audio.currentTime + STEP_S),
    PageDown: () => go(audio.currentTime - LEAP_S),
    PageUp: () => go(audio.currentTime + LEAP_S),
    Home: () => go(0),
    End: () => go(length),
    " ": () => (audio.paused ? audio.play() : audio.pause()),
    Enter: () => (audio.paused ? audio.play() : audio.pause()),
  };
  wave.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  audio.addEventListener("timeupdate", show);
  audio.addEventListener("seeked", show);
  wave.hidden = false;
  show();
}

for (const player of document.querySelectorAll("[data-player]")) {
  // Without the outline there is still the browser's own player.
  ask(player.dataset.outline)
    .then((answer) => (answer.ok ? answer.json() : null))
    .then((outline) => outline && prepare(player, outline))
    .catch(() => {});
}
