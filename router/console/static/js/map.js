// The regency, drawn of its districts' centres, with the open incidents on it. Tiles only when the
// centre has a server of them.
/* global L */

const SIZE = 28;
const SPREAD_DEG = 0.055;
const PAD = 0.01;

function text(words) {
  const element = document.createElement("span");
  element.textContent = words;
  return element;
}

// A name in as many lines as it has words: names of neighbours then stand beside each other.
function label(name) {
  const element = document.createElement("span");
  for (const word of name.split(" ")) {
    element.append(text(word), document.createElement("br"));
  }
  return element;
}

// Names that would lie on another one's are left out until there is room for them.
function sparse(labels, marks) {
  const taken = marks.map((mark) => mark.getBoundingClientRect());
  for (const tooltip of labels) {
    const element = tooltip.getElement();
    if (!element) {
      continue;
    }
    element.style.visibility = "visible";
    const box = element.getBoundingClientRect();
    const hit = (other) =>
      box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom;
    if (taken.some(hit)) {
      element.style.visibility = "hidden";
    } else {
      taken.push(box);
    }
  }
}

function drawRegency(map, regency) {
  const labels = [];
  for (const district of regency.districts) {
    const area = L.polygon(district.outline, { className: "map__district", interactive: false });
    area.addTo(map);
    const name = L.tooltip(district.centre, {
      permanent: true,
      direction: "center",
      className: "map__label",
      interactive: false,
      content: label(district.name),
    });
    labels.push(name.addTo(map));
  }
  return labels;
}

export async function makeMap(place) {
  const answer = await fetch(place.dataset.regency, { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    throw new Error(`map: ${answer.status}`);
  }
  const regency = await answer.json();
  const map = L.map(place, {
    attributionControl: Boolean(regency.tiles),
    zoomControl: false,
    zoomSnap: 0.1,
  });
  // In the sea, where nothing is covered by it.
  L.control.zoom({ position: "bottomright" }).addTo(map);
  map.getContainer().setAttribute("role", "region");
  const bounds = L.latLngBounds(regency.districts.flatMap((district) => district.outline));
  const fit = () => map.fitBounds(bounds.pad(PAD), { animate: false });
  fit();
  let labels = [];
  if (regency.tiles) {
    map.attributionControl.setPrefix(false);
    L.tileLayer(regency.tiles, { attribution: text(regency.tiles_by).innerHTML }).addTo(map);
  } else {
    labels = drawRegency(map, regency);
  }
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(place);
  return new Incidents(map, labels);
}

class Incidents {
  constructor(map, labels) {
    this.map = map;
    this.labels = labels;
    this.markers = new Map();
    map.on("zoomend resize", () => this.clear());
  }

  // Names make way for marks.
  clear() {
    const marks = [...this.markers.values()].map((known) => known.marker.getElement());
    sparse(this.labels, marks.filter(Boolean));
  }

  // Takes what the list beside the map has.
  follow(list) {
    const rows = [...list.querySelectorAll("[data-at]")];
    const wanted = new Set(rows.map((row) => row.dataset.key));
    for (const [key, known] of this.markers) {
      if (!wanted.has(key)) {
        known.marker.remove();
        this.markers.delete(key);
      }
    }
    const taken = new Map();
    for (const row of rows) {
      const nth = taken.get(row.dataset.at) ?? 0;
      taken.set(row.dataset.at, nth + 1);
      this.put(row, nth);
    }
    this.clear();
  }

  put(row, nth) {
    const { key, at, state, exact, title } = row.dataset;
    const made = `${at} ${state} ${exact} ${nth} ${title}`;
    const known = this.markers.get(key);
    if (known?.made === made) {
      return;
    }
    known?.marker.remove();
    const [latitude, longitude] = at.split(",").map(Number);
    // Several of one district, of which no more is known, stand side by side.
    const beside = [latitude, longitude + nth * SPREAD_DEG];
    const kinds = ["map__incident", `map__incident--${state}`];
    if (!exact) {
      kinds.push("map__incident--guess");
    }
    // Where no more than the district is known, its name stays readable below the mark.
    const anchor = exact ? [SIZE / 2, SIZE / 2] : [SIZE / 2, SIZE + 14];
    const icon = L.divIcon({
      className: kinds.join(" "),
      iconSize: [SIZE, SIZE],
      iconAnchor: anchor,
      html: text(key),
    });
    const marker = L.marker(beside, { icon, title, alt: title, riseOnHover: true });
    marker.bindPopup(text(title)).addTo(this.map);
    marker.getElement()?.setAttribute("aria-label", title);
    this.markers.set(key, { marker, made });
  }
}
