// Puts the server's fragments into the page. What has not changed is left as it is, so that focus,
// selection and what a screen reader reads stay where they are.

function element(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

function patchList(list, news) {
  const known = new Map([...list.children].map((child) => [child.dataset.key, child]));
  for (const [key, html] of Object.entries(news.rows)) {
    const made = element(html);
    const old = known.get(key);
    if (old) {
      const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
      old.replaceWith(made);
      if (focused) {
        document.getElementById(focused)?.focus();
      }
    }
    known.set(key, made);
  }
  const wanted = new Set(news.order);
  for (const [key, child] of known) {
    if (!wanted.has(key)) {
      child.remove();
    }
  }
  let place = list.firstElementChild;
  for (const key of news.order) {
    const child = known.get(key);
    if (child === place) {
      place = place.nextElementSibling;
    } else if (child) {
      list.insertBefore(child, place);
    }
  }
  for (const node of [...list.childNodes]) {
    if (node.nodeType === Node.TEXT_NODE) {
      node.remove(); // :empty tells whether there is anything.
    }
  }
}

export function patch(news) {
  for (const [name, list] of Object.entries(news.lists ?? {})) {
    const place = document.querySelector(`[data-list="${name}"]`);
    if (place) {
      patchList(place, list);
    }
  }
  for (const [name, html] of Object.entries(news.parts ?? {})) {
    const place = document.querySelector(`[data-part-of="${name}"]`);
    if (place && place.fragment !== html) {
      place.fragment = html;
      place.innerHTML = html;
    }
  }
}
