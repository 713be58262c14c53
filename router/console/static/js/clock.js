// Times that go on by themselves: the clock, and how long each thing has lasted. No traffic.
//
// data-since="ISO"        how long ago that was
// data-span="ISO ISO"     from one to the other
// data-clock              the centre's time of day, in the zone of the page

const DAY_S = 86400;
let offset = 0;

// The server's clock counts: a PC whose clock is wrong must not show wrong waits.
export function serverTime(iso) {
  offset = Date.parse(iso) - Date.now();
}

export function now() {
  return Date.now() + offset;
}

export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (seconds >= DAY_S) {
    const [days, hours] = document.documentElement.lang === "en" ? ["d", "h"] : ["hari", "jam"];
    return `${Math.floor(seconds / DAY_S)} ${days} ${Math.floor((seconds % DAY_S) / 3600)} ${hours}`;
  }
  if (minutes >= 60) {
    return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
  }
  return `${minutes}:${two(seconds % 60)}`;
}

function write(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function tick(root = document) {
  const at = now();
  for (const element of root.querySelectorAll("[data-since]")) {
    write(element, duration(at - Date.parse(element.dataset.since)));
  }
  for (const element of root.querySelectorAll("[data-span]")) {
    const [from, to] = element.dataset.span.split(" ").map(Date.parse);
    write(element, duration(to - from));
  }
}

function timeOfDay(zone) {
  const format = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
  try {
    return new Intl.DateTimeFormat("en-GB", { ...format, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { ...format, timeZone: "UTC" });
  }
}

export function clockText(zone, ms) {
  return timeOfDay(zone).format(new Date(ms));
}

// Runs each second, just after it began, as long as the page is there.
export function everySecond(work) {
  const again = () => {
    work();
    setTimeout(again, 1000 - (now() % 1000) + 5);
  };
  again();
}

const zoned = document.querySelectorAll("[data-clock]");
if (zoned.length > 0) {
  const formats = [...zoned].map((element) => [element, timeOfDay(element.dataset.clock)]);
  everySecond(() => {
    for (const [element, format] of formats) {
      write(element, format.format(new Date(now())));
    }
  });
}
