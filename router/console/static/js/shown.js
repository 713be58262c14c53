// The calls whose card this window has opened: nobody is led to the same card twice.

const KEY = "siaga-cards";
const MOST = 50;

function known() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
}

export const wasShown = (call) => known().includes(call);

export function noteShown(call) {
  const calls = known().filter((other) => other !== call);
  sessionStorage.setItem(KEY, JSON.stringify([...calls, call].slice(-MOST)));
}
