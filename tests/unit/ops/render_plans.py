"""A plan that uses every word of the language, for tests of what is rendered from it."""

from __future__ import annotations

from typing import Final

from ops.dialplan_lint import NOWHERE, stand_ins
from ops.render import render, render_version
from siaga import settings
from siaga.plan import LoadedPlan, compile_menu, parse_plan

HOSTILE: Final = "X ${SHELL(id)} $[1+1]; [trunk] => exten,1,System(id)"
SHELL: Final = "SHELL(id)"

RICH: Final = """\
centre: {name: Contoh, timezone: Asia/Makassar, languages: [id, en]}
areas: [utara, selatan]
schedules:
  office: ["mon-fri 07:30-12:00", "mon-fri 13:00-16:00"]
  night: {hours: ["daily 00:00-06:00", "daily 22:00-24:00"], holidays: as_usual}
  weekend: "sat,sun 00:00-24:00"
holidays: {2026-12-25: Natal}
exceptions:
  - {on: 2026-12-24, schedule: office, hours: ["08:00-11:00"]}
  - {on: 2026-12-26, schedule: weekend, hours: []}
agencies:
  damkar:
    name: {id: Damkar, en: the fire brigade}
    handsets: ["201", {extension: "202", name: Jaga}]
    wrap_up: 5s
    posts:
      pos: {name: Pos Utara, handsets: ["211"], areas: [utara], ring: 8s}
    pstn: ["+62549111222"]
  bpbd:
    name: BPBD
    handsets: ["401"]
    hours: office
    cover: rsud
  rsud: {name: RSUD, handsets: ["301"], cover: damkar}
  kominfo: {name: Kominfo, handsets: ["101"], hours: weekend}
closures:
  - {agency: rsud, from: "2026-12-01 08:00", until: "2026-12-02 08:00", reason: Pindah}
emergencies:
  fire: {name: Kebakaran, agency: damkar, ring: 12s, overflow: [kominfo]}
  disaster:
    name: Bencana
    agency: bpbd
    overflow: [{agency: kominfo, ring: 15s}]
    during: {night: {agency: damkar, via: kominfo}}
  operator: {name: Petugas, agency: kominfo, overflow: [damkar]}
menus:
  accident: {name: Kecelakaan, digits: {1: fire, 2: disaster}, default: disaster}
menu:
  digits: {1: fire, 2: disaster, 3: accident, 0: operator}
  languages: {9: en}
  default: operator
announcements:
  flood: {text: Banjir, from: "2026-12-10 00:00", until: "2026-12-12 00:00"}
  quake: {text: Gempa}
callers:
  known: [{number: "+62811111111", name: Bupati, emergency: disaster, area: selatan}]
  hidden: operator
  repeat: {within: 5m}
trunks:
  telkom: {host: 10.0.0.9, may_send: ["+62", "0"], from: [10.0.0.3, "2001:db8::1"], area: utara}
  other: {host: "2001:db8::2", port: 5070, may_send: ["9"]}
last_resort:
  agency: kominfo
  overflow: [damkar]
  pstn: ["0549999", "9123456"]
"""


def rich(*changes: tuple[str, str]) -> LoadedPlan:
    """The plan, with words of its text replaced."""
    text = RICH
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_plan(text.encode())


def base(loaded: LoadedPlan, *retained: LoadedPlan, **env: str) -> dict[str, str]:
    """The shared files of a plan."""
    chosen = settings.load({"SIAGA_HOME": "/var/lib/siaga112", **env})
    spec = compile_menu(loaded.plan, loaded.version, {})
    return render(chosen, loaded, spec, stand_ins(loaded), NOWHERE, retained)


def own(loaded: LoadedPlan, **env: str) -> dict[str, str]:
    """The files of a version."""
    chosen = settings.load({"SIAGA_HOME": "/var/lib/siaga112", **env})
    lengths = {"id": {"menu": 8400, "menu-accident": 3100, "announce-flood": 9900}}
    return render_version(chosen, loaded, compile_menu(loaded.plan, loaded.version, lengths))
