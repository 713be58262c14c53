// The rows of links at the top: on a narrow screen the page one is on is in view, and what is behind
// "more" closes by Escape, by a click beside it, and when the focus has gone elsewhere.

for (const row of document.querySelectorAll(".bar__nav, .tabs")) {
  const here = row.querySelector('[aria-current="page"]');
  const shown = (here?.closest("details") ?? here)?.getBoundingClientRect();
  if (shown) {
    const seen = row.getBoundingClientRect();
    row.scrollLeft += shown.left + shown.width / 2 - (seen.left + seen.width / 2);
  }
  // A link of which a part is seen counts as seen for the browser, and would stay cut.
  row.addEventListener("focusin", (event) => {
    event.target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}

for (const more of document.querySelectorAll(".bar__more")) {
  more.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && more.open) {
      event.stopPropagation();
      more.open = false;
      more.querySelector("summary").focus();
    }
  });
  more.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !more.contains(event.relatedTarget)) {
      more.open = false;
    }
  });
  document.addEventListener("click", (event) => {
    if (!more.contains(event.target)) {
      more.open = false;
    }
  });
}
