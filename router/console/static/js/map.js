// The regency, drawn of its districts' centres, with the open incidents on it. Tiles only when the
// centre has a server of them.
/* global L */

const SIZE = 28;
const SPREAD_DEG = 0.055;
const PAD = 0.02;

function text(words) {
  const element = document.createElement("span");
  element.textContent = words;
  return element;
}

function drawRegency(map, regency) {
  for (const district of regency.districts) {
    const area = L.polygon(district.outline, { className: "map__district", interactive: false });
    area.addTo(map);
    L.tooltip(district.centre, {
      permanent: true,
      direction: "center",
      className: "map__label",
      interactive: false,
      content: text(district.name),
    }).addTo(map);
  }
}

export async function makeMap(place) {
  const answer = await fetch(place.dataset.regency, { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    throw new Error(`map: ${answer.status}`);
  }
  const regency = await answer.json();
  const map = L.map(place, { attributionControl: Boolean(regency.tiles), zoomSnap: 0.25 });
  map.getContainer().setAttribute("role", "region");
  const bounds = L.latLngBounds(regency.districts.flatMap((district) => district.outline));
  const fit = () => map.fitBounds(bounds.pad(PAD), { animate: false });
  fit();
  if (regency.tiles) {
    map.attributionControl.setPrefix(false);
    L.tileLayer(regency.tiles, { attribution: text(regency.tiles_by).innerHTML }).addTo(map);
  } else {
    drawRegency(map, regency);
  }
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(place);
  return new Incidents(map);
}

class Incidents {
  constructor(map) {
    this.map = map;
    this.markers = new Map();
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
    const icon = L.divIcon({ className: kinds.join(" "), iconSize: [SIZE, SIZE], html: text(key) });
    const marker = L.marker(beside, { icon, title, alt: title, riseOnHover: true });
    marker.bindPopup(text(title)).addTo(this.map);
    marker.getElement()?.setAttribute("aria-label", title);
    this.markers.set(key, { marker, made });
  }
}
