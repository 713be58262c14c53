// The theme of all pages: as the machine has it, or as the person chose; kept in a cookie, so that
// the server writes it into the next page and nothing flashes.

const ORDER = ["auto", "light", "dark"];
const YEAR_S = 365 * 24 * 3600;

function current() {
  return document.documentElement.dataset.theme || "auto";
}

function choose(theme) {
  if (theme === "auto") {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = theme;
  }
  document.cookie = `siaga-theme=${theme}; Path=/; Max-Age=${YEAR_S}; SameSite=Strict`;
}

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  const show = () => {
    button.querySelector("[data-theme-name]").textContent = button.dataset[current()];
  };
  button.hidden = false;
  show();
  button.addEventListener("click", () => {
    choose(ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length]);
    show();
  });
}
