"""Plans applied to a running centre."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from ops.api import ask
from ops.apply import apply, stage
from ops.apply.asterisk import LoadError
from ops.apply.rotate import UnknownHandsetError, rotate
from ops.phone import PhoneError
from router.calls.record import StepResult
from siaga import secrets
from siaga.names import BLOCKED_FILE
from siaga.plan import load_plan
from siaga.plan.versions import VersionStore
from siaga.settings import PROJECT
from tests.live.calls import ANSWERED, answer, arrive, check, choose, converse
from tests.live.centre import Centre, running_centre
from tests.live.phones import Phones, telephones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

# The centre of this file is made once.
pytestmark = pytest.mark.xdist_group("apply")

PLANS: Final = PROJECT / "plans"
KUTIM: Final = (PLANS / "kutim.yaml").read_text(encoding="utf-8")
SWAPPED: Final = KUTIM.replace("1: fire, 2: medical", "1: medical, 2: fire")
"""The same with two digits changed round."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre whose plans these tests change."""
    with running_centre(tmp_path_factory.mktemp("apply")) as running:
        yield running


@pytest.fixture
async def bare(own: Centre, tmp_path: Path) -> AsyncIterator[Phones]:
    """Telephones at that centre, with Kutai Timur's plan in force."""
    await put(own, tmp_path / "kutim.yaml", KUTIM)
    async with telephones(own) as made:
        yield made


async def put(centre: Centre, file: Path, text: str) -> str:
    """Apply a plan; gives its version."""
    file.write_text(text, encoding="utf-8")  # noqa: ASYNC240 (a few KB)
    await apply(centre.settings, file, why="uji", by="penguji")
    return load_plan(file).version


def tree(centre: Centre) -> dict[str, str]:
    """Digests of all that applying a plan may touch."""
    home = centre.settings.home
    files = [home / "secrets.json"]
    for folder in ("etc", "plan", "sounds"):
        files += [path for path in (home / folder).rglob("*") if path.is_file()]
    # Written by the router when it has to, and made by the first apply there is.
    others = {centre.settings.etc / BLOCKED_FILE, home / "plan" / "apply.lock"}
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path not in others
    }


async def test_polres_joins_and_its_new_handset_is_rung(bare: Phones) -> None:
    """A new agency's login is printed once; its handset registers at once and takes a call."""
    centre = bare.centre
    before = secrets.read(centre.settings.secrets).handsets
    done = await apply(centre.settings, PLANS / "kutim-polres.yaml", by="penguji")
    printed = "\n".join(done.lines())
    known = secrets.read(centre.settings.secrets).handsets
    assert {**known, **before} == known
    for extension in ("501", "502"):
        told = f"{extension}  sandi / password: {known[extension]}"
        assert (told in printed) == (extension not in before)
    assert not any(known[extension] in printed for extension in ("101", "201"))
    await bare.log_in("501")
    await _until_free(centre, "501")
    number = centre.number()
    call = await choose(bare, number, "5")
    ring = await answer(bare, "501")
    await converse(call, ring)
    await call.hang_up()
    steps = [("polres", "queue", StepResult.ANSWERED)]
    changes: dict[str, Any] = {"emergency": "order", "answered_by": "polres", "handset": "501"}
    check(centre, await centre.record(number), number, ANSWERED, steps=steps, **changes)


async def _until_free(centre: Centre, extension: str) -> None:
    """Wait until the router, which nobody restarted, tells of a handset."""
    async with asyncio.timeout(10):
        while (await ask(centre.settings, "GET", "/api/handsets")).get(extension) != "free":  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.05)


async def test_a_new_password_is_needed_at_the_next_login(
    bare: Phones, capsys: pytest.CaptureFixture[str]
) -> None:
    """The old password is refused at once, the new one, printed once, is taken; others stay."""
    centre = bare.centre
    before = secrets.read(centre.settings.secrets).handsets
    assert await rotate(centre.settings, ["201"]) == 0
    after = secrets.read(centre.settings.secrets).handsets
    assert after["201"] in capsys.readouterr().out
    assert {ext for ext in before if after[ext] != before[ext]} == {"201"}
    with pytest.raises(PhoneError):
        await bare.bank.register("201", before["201"])
    await bare.log_in("201", "301")
    number = centre.number()
    call = await choose(bare, number)
    ring = await answer(bare, "201")
    await call.hang_up()
    await ring.ended()


async def test_a_handset_that_is_not_in_the_plan_gets_no_password(own: Centre) -> None:
    """A wrong extension is told, with those there are, and nothing is changed."""
    before = tree(own)
    with pytest.raises(UnknownHandsetError, match="101"):
        await rotate(own.settings, ["201", "999"])
    assert tree(own) == before


async def test_calls_finish_on_the_plan_they_began_with(bare: Phones, tmp_path: Path) -> None:
    """A caller in the menu and one in talk go on as they were; the next one meets the new plan."""
    centre = bare.centre
    await bare.log_in("201", "301")
    old = load_plan(centre.settings.plan_in_force).version
    talks, waits, late = (centre.number() for _ in range(3))
    talking = await choose(bare, talks)
    officer = await answer(bare, "201")
    await converse(talking, officer)
    waiting = await arrive(bare, waits)
    new = await put(centre, tmp_path / "swapped.yaml", SWAPPED)
    await waiting.press("2")
    ring = await answer(bare, "301")
    await converse(waiting, ring)
    await converse(talking, officer)
    await asyncio.gather(waiting.hang_up(), talking.hang_up())
    next_call = await choose(bare, late)
    medic = await answer(bare, "301")
    await next_call.hang_up()
    await medic.ended()
    records = [await centre.record(number) for number in (talks, waits, late)]
    assert [(r.plan_version, r.emergency, r.answered_by) for r in records] == [
        (old, "fire", "damkar"),
        (old, "medical", "rsud"),
        (new, "medical", "rsud"),
    ]


@pytest.mark.parametrize("move", [1, 2])
async def test_a_plan_that_asterisk_refuses_changes_nothing(
    bare: Phones, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, move: int
) -> None:
    """Files, versions and what callers meet are as before, whichever move of the apply fails."""
    centre = bare.centre
    old = load_plan(centre.settings.plan_in_force).version
    before, history = tree(centre), VersionStore(centre.settings.home / "plan").entries()
    made, renderings = stage.base_files, []

    def spoilt(*arguments: Any) -> dict[str, str]:
        files = made(*arguments)
        renderings.append(files)
        # The first rendering is of the last move.
        if len(renderings) == 3 - move:
            files["extensions.conf"] += "#include missing.conf\n"
        return files

    monkeypatch.setattr(stage, "base_files", spoilt)
    file = tmp_path / "swapped.yaml"
    file.write_text(SWAPPED + f"# {move}\n", encoding="utf-8")
    with pytest.raises(LoadError):
        await apply(centre.settings, file)
    after = tree(centre)
    odd = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if move == 2:
        inert = load_plan(file).version
        odd = {name for name in odd if inert not in name}
        odd -= {"etc/extensions.conf", "etc/musiconhold.conf"}
    assert odd == set()
    assert VersionStore(centre.settings.home / "plan").entries() == history
    assert centre.asterisk("dialplan show globals").count(f"SIAGA_PLAN={old}") == 1
    await bare.log_in("201")
    number = centre.number()
    call = await choose(bare, number)
    ring = await answer(bare, "201")
    await converse(call, ring)
    await call.hang_up()
    check(centre, await centre.record(number), number)


async def test_a_plan_that_strands_somebody_is_refused(own: Centre, tmp_path: Path) -> None:
    """The command exits 1, tells why, and the plan before stays in force."""
    before = tree(own)
    file = tmp_path / "stranding.yaml"
    file.write_text(re.sub(r"human_within: \S+", "human_within: 3s", KUTIM), encoding="utf-8")
    done = await asyncio.to_thread(own.command, "apply", str(file))
    assert done.returncode == 1
    assert "human_within" in done.stderr
    assert tree(own) == before


async def test_rollback_brings_back_an_earlier_version(own: Centre, tmp_path: Path) -> None:
    """The text of a version is in force again under a new number, and the commands tell so."""
    await put(own, tmp_path / "a.yaml", KUTIM + "# a\n")
    store = VersionStore(own.settings.home / "plan")
    first = store.entries()[-1]
    await put(own, tmp_path / "b.yaml", SWAPPED + "# b\n")
    done = await asyncio.to_thread(
        own.command, "rollback", str(first.number), "--why", "salah", "--by", "Ani"
    )
    assert done.returncode == 0, done.stderr
    last = store.entries()[-1]
    assert (last.number, last.version) == (first.number + 2, first.version)
    assert (last.change.by, last.change.why) == ("Ani", "salah")
    assert own.settings.plan_in_force.read_text(encoding="utf-8") == KUTIM + "# a\n"
    shown = await asyncio.to_thread(own.command, "versions", "--json")
    assert f'"what": "rollback to {first.number}"' in shown.stdout.splitlines()[-1]
    words = ("diff", str(last.number - 1), str(last.number))
    changes = await asyncio.to_thread(own.command, *words)
    assert "-  digits: {1: medical" in changes.stdout


async def test_without_an_asterisk_nothing_is_changed(own: Centre, tmp_path: Path) -> None:
    """Exit status 3 and what to do, for a home whose Asterisk does not run."""
    done = await asyncio.to_thread(_elsewhere, own, tmp_path / "home")
    assert done.returncode == 3
    assert "./siaga112 up" in done.stderr


def _elsewhere(own: Centre, home: Path) -> Any:
    ports = replace(own.settings.ports, ami=9)
    other = replace(own, settings=replace(own.settings, home=home, ports=ports))
    return other.command("apply", str(PLANS / "kutim.yaml"))
