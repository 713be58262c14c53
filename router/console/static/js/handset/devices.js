// Which microphone, speaker and ringer: lists that follow what is plugged in, and the choice is kept.

const KEPT = "siaga-handset";

export function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

export function keep(values) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...kept(), ...values }));
  } catch {
    // A browser that keeps nothing is asked again next time.
  }
}

/** Fill the lists; gives whether what was chosen is there. */
export async function fill(selects, words) {
  const devices = await navigator.mediaDevices.enumerateDevices();
  for (const select of selects) {
    const kind = select.dataset.kind;
    const chosen = kept()[select.name] ?? "";
    const known = devices.filter((each) => each.kind === kind && each.deviceId && each.deviceId !== "default");
    const options = known.map((each, at) => new Option(each.label || `${at + 1}`, each.deviceId));
    select.replaceChildren(new Option(words.default, ""), ...options);
    select.value = known.some((each) => each.deviceId === chosen) ? chosen : "";
  }
}
