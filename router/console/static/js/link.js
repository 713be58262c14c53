// What the mark at the top says of the stream that a page lives by: true, not yet, or old.

const pill = document.querySelector("[data-link-state]");
const OLD = new Set(["console", "router", "session"]);

export const isStale = (state) => OLD.has(state);

export function showLink(state) {
  const stale = isStale(state);
  pill.dataset.state = stale ? "stale" : state === "live" ? "live" : "waiting";
  pill.textContent = stale ? pill.dataset.stale : pill.dataset[state];
}
