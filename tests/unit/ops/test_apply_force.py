"""A plan put in force, or everything left as it was, with real files and an Asterisk that fails."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from ops.apply import force, stage
from ops.apply.asterisk import LoadError
from ops.apply.catalogue import catalogue_in_force
from ops.apply.expected import Expected, Running
from ops.apply.force import Centre, Forced, RestoreError, put_in_force
from ops.apply.snapshot import Snapshot
from ops.prepare import prepare
from ops.runtime import find_runtime
from siaga import secrets
from siaga import settings as settings_module
from siaga.files import write_atomic
from siaga.plan import load_plan, parse_plan
from siaga.plan.versions import Change, VersionStore
from siaga.settings import PROJECT, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PLAN = (PROJECT / "plans" / "kutim.yaml").read_bytes()
POLRES = (PROJECT / "plans" / "kutim-polres.yaml").read_bytes()
WHY = Change("Ani", "Polres bergabung", "apply")


@dataclass
class Switchboard:
    """An Asterisk as far as files go: it runs what they said when it was told to read them.

    Attributes:
        fails_at: number of the request that fails, counted from 0; None: none does.
        broken: it fails from then on, also when the plan before is to be loaded again.
    """

    settings: Settings
    fails_at: int | None = None
    broken: bool = False
    requests: int = 0
    runs: dict[str, bytes] = field(default_factory=dict)

    def _request(self) -> None:
        number, self.requests = self.requests, self.requests + 1
        if number == self.fails_at or (self.broken and number > (self.fails_at or 0)):
            raise LoadError("as the test wishes")

    async def versions_in_calls(self) -> frozenset[str]:
        self._request()
        return frozenset()

    async def reload(self, modules: Iterable[str]) -> None:
        names = {module: name for name, module in stage.MODULES.items()}
        for module in modules:
            self._request()
            self.runs[names[module]] = (self.settings.etc / names[module]).read_bytes()

    async def running(self, wanted: Expected) -> Running:
        self._request()
        dialplan = self.runs["extensions.conf"].decode()
        found = re.search(r"SIAGA_PLAN\s*=>?\s*(\w+)", dialplan)
        assert found
        return Running(found[1], wanted.places, wanted.members, wanted.endpoints)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An instance on Kutai Timur's plan, ready to be started."""
    plan = tmp_path / "routing.yaml"
    plan.write_bytes(PLAN)
    made = replace(settings_module.load({"SIAGA_HOME": str(tmp_path / "home")}), plan=plan)
    prepare(made, lambda _: None)
    return made


def tree(settings: Settings) -> dict[str, bytes]:
    """Every file of the instance."""
    return {
        str(path.relative_to(settings.home)): path.read_bytes()
        for path in settings.home.rglob("*")
        if path.is_file()
    }


def configuration(settings: Settings) -> dict[str, bytes]:
    """What an Asterisk that read everything runs."""
    return {name: (settings.etc / name).read_bytes() for name in stage.MODULES}


async def put(settings: Settings, switch: Switchboard, data: bytes) -> Forced:
    store = VersionStore(settings.home / "plan")
    centre = Centre(settings, find_runtime(settings), switch, store)
    loaded = parse_plan(data)
    before = Snapshot.take(centre.touched(), stage.folders(settings, loaded.version))
    store.keep(data)
    catalogue, _ = catalogue_in_force(settings)
    staged = stage.stage(settings, centre.runtime, loaded, catalogue)
    return await put_in_force(centre, staged, before, WHY, doubt=False)


async def test_a_plan_is_loaded_noted_and_its_new_handsets_are_told(settings: Settings) -> None:
    """The files in force, what Asterisk runs and the last version are all of the new plan."""
    switch = Switchboard(settings)
    old = secrets.read(settings.secrets).handsets
    done = await put(settings, switch, POLRES)
    version = parse_plan(POLRES).version
    assert settings.plan_in_force.read_bytes() == POLRES
    assert f'"version": "{version}"' in settings.compiled_plan.read_text(encoding="utf-8")
    assert switch.runs.items() <= configuration(settings).items()
    assert (done.entry.number, done.entry.version, done.entry.change) == (2, version, WHY)
    assert list(done.logins) == ["501", "502"]
    new = secrets.read(settings.secrets).handsets
    assert new == {**old, **done.logins}


async def test_the_version_before_stays_loaded_for_its_calls(settings: Settings) -> None:
    """After the change its contexts, menu and prompts are still there, and go at the next start."""
    old = load_plan(settings.plan_in_force).version
    await put(settings, Switchboard(settings), POLRES)
    kept = stage.folders(settings, old)
    assert all(folder.exists() for folder in kept)
    assert f"plans/{old}/extensions.conf" in (settings.etc / "extensions.conf").read_text()
    prepare(settings, lambda _: None)
    assert load_plan(settings.plan_in_force).version == parse_plan(POLRES).version
    assert [folder.exists() for folder in kept] == [True, False, False, False]
    assert not (kept[0] / "menu.json").exists()


@dataclass
class Truthful(Switchboard):
    """One that has no other contexts and extensions than its dialplan has."""

    async def running(self, wanted: Expected) -> Running:
        found = await super().running(wanted)
        main = self.runs["extensions.conf"].decode()
        texts = [main, *(self._read(name) for name in re.findall(r"#include (\S+)", main))]
        have = {place for text in texts for place in self._places(text)}
        return replace(found, places=wanted.places & have)

    def _read(self, name: str) -> str:
        path = self.settings.etc / name.strip('"<>')
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @staticmethod
    def _places(text: str) -> Iterator[tuple[str, str]]:
        context = ""
        for line in text.splitlines():
            if found := re.match(r"\[([\w-]+)\]", line):
                context = found[1]
            elif found := re.match(r"exten => ([\w-]+),1", line):
                yield context, found[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"centre:", b"trunks: {far: {host: 192.0.2.1, may_send: ['08']}}\ncentre:"),
        (b'handsets: ["101", "102"]', b'handsets: ["103", "102"]'),
    ],
    ids=["a way out", "another first handset"],
)
async def test_what_the_plan_before_had_not_is_not_missed_before_its_time(
    settings: Settings, old: bytes, new: bytes
) -> None:
    """The first trunk by which calls go out, or another first handset, is no reason to refuse."""
    plan = PLAN.replace(old, new, 1)
    await put(settings, Truthful(settings), plan)
    assert settings.plan_in_force.read_bytes() == plan


async def test_calls_go_to_the_old_version_until_the_new_one_is_all_there(
    settings: Settings,
) -> None:
    """Whatever the dialplan refers to is loaded before any entry leads to it."""
    entries: list[tuple[str, set[str]]] = []

    class Watched(Switchboard):
        async def running(self, wanted: Expected) -> Running:
            found = await super().running(wanted)
            entries.append((found.version, set(self.runs)))
            return found

    old = load_plan(settings.plan_in_force).version
    await put(settings, Watched(settings), POLRES)
    # How audio is carried is read again only when browsers come into the plan, or go.
    read = {*stage.MODULES} - {"rtp.conf"}
    assert entries == [(old, read), (parse_plan(POLRES).version, read)]


@pytest.mark.parametrize("step", range(6))
async def test_a_failure_before_any_call_met_the_new_version_leaves_no_trace(
    settings: Settings, step: int
) -> None:
    """Whichever request fails, every file is as it was, and what was loaded is loaded back."""
    before = tree(settings)
    switch = Switchboard(settings, fails_at=step)
    with pytest.raises(LoadError, match="as the test wishes"):
        await put(settings, switch, POLRES)
    assert tree(settings) == before
    assert switch.runs.items() <= configuration(settings).items()


@pytest.mark.parametrize("step", [6, 7])
async def test_a_failure_after_that_keeps_the_new_version_for_those_who_met_it(
    settings: Settings, step: int
) -> None:
    """The old plan is in force again; the new one's contexts stay, though no entry leads there."""
    before = tree(settings)
    switch = Switchboard(settings, fails_at=step)
    with pytest.raises(LoadError, match="as the test wishes"):
        await put(settings, switch, POLRES)
    after = tree(settings)
    new = parse_plan(POLRES).version
    changed = {name for name in before if after.get(name) != before[name]}
    assert changed <= {"etc/extensions.conf", "etc/musiconhold.conf"}
    assert all(new in name for name in after.keys() - before.keys())
    assert (
        f"SIAGA_PLAN = {load_plan(settings.plan_in_force).version}".encode()
        in switch.runs["extensions.conf"]
    )
    assert f"plans/{new}/extensions.conf".encode() in switch.runs["extensions.conf"]
    assert switch.runs.items() <= configuration(settings).items()


@pytest.mark.parametrize("name", ["compiled.json", "routing.yaml", "versions.jsonl"])
async def test_a_disk_that_fails_leaves_the_plan_before_in_force(
    settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be written at the very end takes everything back."""
    before = tree(settings)

    def failing(path: Path, text: str, mode: int = 0o640) -> None:
        if path == settings.home / "plan" / name:
            raise OSError(28, "No space left on device")
        write_atomic(path, text, mode)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if name == "versions.jsonl":
        monkeypatch.setattr(VersionStore, "_write", full)
    else:
        monkeypatch.setattr(force, "write_atomic", failing)
    switch = Switchboard(settings)
    with pytest.raises(OSError, match="No space"):
        await put(settings, switch, POLRES)
    after = tree(settings)
    changed = {path for path in before if after.get(path) != before[path]}
    assert changed <= {"etc/extensions.conf", "etc/musiconhold.conf"}
    assert load_plan(settings.plan_in_force).version == parse_plan(PLAN).version
    assert switch.runs.items() <= configuration(settings).items()


async def test_an_asterisk_that_takes_nothing_back_is_told_apart(settings: Settings) -> None:
    """When even the plan before cannot be loaded, its files are there and the error says so."""
    before = tree(settings)
    with pytest.raises(RestoreError, match="apply"):
        await put(settings, Switchboard(settings, fails_at=3, broken=True), POLRES)
    assert tree(settings) == before
