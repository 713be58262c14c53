"""The plan that the bench's centre runs on: the usual menu, and handsets enough to have one free.

The caller of a fast queue must never wait for a handset, for that would be measured instead.
"""

from __future__ import annotations

from typing import Final

AGENCY: Final = "damkar"
DIGIT: Final = "1"
OPERATOR: Final = "101"
OPERATOR_DIGIT: Final = "0"
"""It alone answers behind this key, where it is logged in: whoever is second waits."""
HANDSETS: Final = tuple(str(number) for number in range(201, 251))

_LIST: Final = ", ".join(f'"{extension}"' for extension in HANDSETS)

TEXT: Final = f"""\
centre: {{name: Bench, timezone: Asia/Makassar, languages: [id, en]}}
agencies:
  {AGENCY}:
    name: {{id: Damkar, en: the fire brigade}}
    handsets: [{_LIST}]
    strategy: rrmemory        # each handset rests between two calls
  kominfo:
    name: {{id: Dinas Kominfo, en: the call centre}}
    handsets: ["{OPERATOR}"]
emergencies:
  fire: {{name: {{id: Kebakaran, en: Fire}}, agency: {AGENCY}, overflow: [kominfo]}}
  medical: {{name: {{id: Medis, en: Medical}}, agency: {AGENCY}, overflow: [kominfo]}}
  accident: {{name: {{id: Kecelakaan, en: Accident}}, agency: {AGENCY}, overflow: [kominfo]}}
  disaster: {{name: {{id: Bencana, en: Disaster}}, agency: {AGENCY}, overflow: [kominfo]}}
  order: {{name: {{id: Keamanan, en: Security}}, agency: {AGENCY}, overflow: [kominfo]}}
  operator: {{name: {{id: Petugas, en: An officer}}, agency: kominfo, overflow: [{AGENCY}]}}
menu:
  digits:
    {{{DIGIT}: fire, 2: medical, 3: accident, 4: disaster, 5: order, {OPERATOR_DIGIT}: operator}}
  languages: {{9: en}}
  default: operator
last_resort: {{agency: kominfo}}
"""
