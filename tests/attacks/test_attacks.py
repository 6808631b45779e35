"""Every attack at every sandbox level: it earns what its honest code deserves, the rest is graded, nothing is left."""

import multiprocessing
import os
import re
import socket
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import arena
import pytest
from attack import ASSIGNMENT, TARGET, TWO

from grader.sandbox.level import Level, available_levels

pytestmark = pytest.mark.slow

#: some attacks only wait, so one process more than there are cores
N_ARENAS = (os.cpu_count() or 1) + 1
PATIENCE = 300


@pytest.fixture(scope="module")
def places():
    """Things of the host that attacks are after, by the names that they have in attacks."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="host-of-attacks-")))
        folder.chmod(0o755)
        for name in ("outside", "temporary"):
            (folder / name).mkdir()
        (folder / "outside").chmod(0o777)
        (folder / "secret").write_text(arena.SECRET)
        (folder / "open").write_text("as it was")
        (folder / "open").chmod(0o666)
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for address in (str(folder / "socket"), f"\0{folder.name}"):
            local = stack.enter_context(socket.socket(socket.AF_UNIX))
            local.bind(address)
            local.listen()
        (folder / "socket").chmod(0o777)
        yield {
            "TEMPORARY": folder / "temporary",
            "SECRET": folder / "secret",
            "OUTSIDE": folder / "outside",
            "OPEN": folder / "open",
            "PORT": tcp.getsockname()[1],
            "UNIX": folder / "socket",
            "ABSTRACT": folder.name,
            "TESTS": Path(__file__).parent,
            "SOLUTION": ASSIGNMENT.solution_folder() / "cs231n/layers.py",
            "CHECKS": ASSIGNMENT.folder,
            "GOLDENS": ASSIGNMENT.folder / "goldens/cases.npz",
            "GRADER_CODE": ASSIGNMENT.folder.parent / "scoring.py",
        }


@pytest.fixture(scope="module")
def outcomes(request, places):
    """What comes of each attack that is asked for, as a future; they are graded side by side."""
    wanted = [item.callspec.params for item in request.session.items if item.module is request.module and _is_run(item)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(N_ARENAS, context, arena.prepare, (places,)) as pool:
        honest = {level: pool.submit(arena.run, "honest", level, TWO) for level in available_levels()}
        runs = {(p["attack"].name, p["level"]): pool.submit(arena.run, p["attack"].name, p["level"]) for p in wanted}
        yield {**runs, **{("honest", level): future for level, future in honest.items()}}
        pool.shutdown(cancel_futures=True)


def _is_run(item):
    params = getattr(getattr(item, "callspec", None), "params", {})
    return "attack" in params and params["level"] in params["attack"].levels


@pytest.fixture(scope="module")
def honest(outcomes):
    """What the honest code earns: check -> points."""
    grades = [outcomes["honest", level].result(PATIENCE).grade for level in available_levels()]
    assert all(check.passed for grade in grades for check in grade.checks)
    assert len(grades[0].checks) == 4
    return {check.id: check.points for check in grades[0].checks}


def state_of_host(places):
    """Returns all that an attack could have changed outside."""
    status = places["OPEN"].stat()
    shared = [Path(f"/proc/sysvipc/{kind}").read_text() for kind in ("shm", "sem", "msg")]
    return (
        os.listdir(places["OUTSIDE"]),
        places["OPEN"].read_text(),
        (oct(status.st_mode), status.st_uid),
        ["24256" in text or str(0x5EC0) in text for text in shared],
    )


@pytest.mark.parametrize("level", available_levels())
@pytest.mark.parametrize("attack", arena.ATTACKS, ids=lambda attack: attack.name)
def test_attack_earns_what_it_deserves(attack, level, outcomes, honest, places):
    """The one claim of this suite; see Attack.must_not for what each is after."""
    if level not in attack.levels:
        pytest.skip(f"level {level} does not promise to stop this")
    outcome = outcomes[attack.name, level].result(PATIENCE)
    assert outcome.left == ()
    assert outcome.grade.complete
    expected = {check for check in honest if attack.checks == TWO or "drawn1" in check}
    assert {check.id for check in outcome.grade.checks} == expected
    for check in outcome.grade.checks:
        if check.function == TARGET:
            assert_deserved(attack, level, check, honest[check.id])
        elif attack.others_pass:
            assert (check.status, check.points) == ("passed", honest[check.id]), check.message
    if level is not Level.LIMITS:
        assert arena.SECRET not in outcome.grade.to_json()
    assert state_of_host(places) == ([], "as it was", ("0o100666", os.getuid()), [False] * 3)


def assert_deserved(attack, level, check, points):
    told = (check.id, check.status, check.message, check.output[-500:])
    statuses = (attack.status,) if isinstance(attack.status, str) else attack.status
    assert check.status in statuses, told
    assert check.points == (points if check.status == "passed" else 0), told
    assert check.status == "passed" or re.search(attack.words, check.message), told
    # Knowing an input, or having run before, earns the check on the notebook's own inputs at most.
    assert attack.checks != TWO or check.visible or check.points == 0, told
    if attack.tells and level is not Level.LIMITS and check.status == "passed":
        assert "GOT IN" not in check.output, told
        assert "kept from" in check.output, told


def test_suite_is_as_large_as_promised():
    names = [attack.name for attack in arena.ATTACKS]
    assert len(set(names)) == len(names) >= 60
    assert all(attack.must_not for attack in arena.ATTACKS)
