"""No released id vanishes unsaid, and none is used again for something else."""

import shutil

import pytest

from zicha.catalog import ids as ids_module
from zicha.catalog.ids import check, lock_path, read_lock, vanished, write_lock
from zicha.catalog.released import Ids, ids_now
from zicha.catalog.roots import catalog_dir, suites_dir
from zicha.collectors import collectors
from zicha.model.errors import ConfigError
from zicha.pipeline.locked_ids import main

A, B, C = ("control", "a/a"), ("control", "b/b"), ("control", "c/c")


def ids(current, former=(), retired=()):
    return Ids(current=frozenset(current), former=frozenset(former), retired=frozenset(retired))


def test_no_released_id_has_vanished():
    # Ids not yet locked are the business of the release, a vanished one is everybody's.
    known = ids_now(collectors={c.id: c.formerly for c in collectors().values()})

    assert vanished(read_lock(lock_path()), known) == []


def test_the_lock_of_the_project_holds_every_item_control_and_kind():
    locked = read_lock(lock_path())
    named = {kind for kind, _ in locked}

    assert {"item", "control", "attestation-kind", "suite", "expectation"} <= named
    for kind in ("item", "control", "attestation-kind"):
        now = {released for released in ids_now().current if released[0] == kind}
        assert now <= locked


def test_an_id_that_vanishes_is_a_fault():
    faults = check(frozenset({A, B}), ids([A]))

    assert len(faults) == 1
    assert faults[0].startswith("control b/b has vanished")


def test_an_id_may_go_when_another_names_it_as_its_former_name():
    assert check(frozenset({A, B, C}), ids([A, C], former=[B])) == []


def test_an_id_may_go_when_it_is_retired():
    assert check(frozenset({A, B}), ids([A], retired=[B])) == []


def test_a_retired_or_former_id_may_not_come_back():
    assert "in use and also" in check(frozenset({A}), ids([A], retired=[A]))[0]
    assert "in use and also" in check(frozenset({A}), ids([A], former=[A]))[0]


def test_a_new_id_must_be_locked():
    assert check(frozenset({A}), ids([A, B])) == [
        "control b/b is not locked: run python -m zicha.pipeline.locked_ids --write"
    ]


def test_the_lock_reads_back_what_was_written(tmp_path):
    path = tmp_path / "ids.lock"

    write_lock(path, {B, A})

    assert read_lock(path) == {A, B}
    assert path.read_text(encoding="utf-8").splitlines()[1:] == ["control a/a", "control b/b"]


def test_a_line_of_the_lock_that_makes_no_sense_is_refused(tmp_path):
    path = tmp_path / "ids.lock"
    path.write_text("control\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="line 1"):
        read_lock(path)


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A project of its own, so that files can be changed."""
    shutil.copytree(catalog_dir(), tmp_path / "include" / "catalog")
    shutil.copytree(suites_dir(), tmp_path / "expectations" / "suites")
    monkeypatch.setenv("ZICHA_HOME", str(tmp_path))
    assert ids_module.lock_path().is_relative_to(tmp_path)
    return tmp_path / "include" / "catalog"


def test_the_command_fails_when_a_control_is_renamed_until_its_old_name_is_said(copied, capsys):
    main(["--write"])
    for path in [*(copied / "controls").glob("*"), *(copied / "frameworks").glob("*")]:
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("transport/is-intact", "transport/is-whole"), encoding="utf-8")

    assert main(["--check"]) == 1
    assert "control transport/is-intact has vanished" in capsys.readouterr().err

    path = copied / "controls" / "transport.yaml"
    text = path.read_text(encoding="utf-8")
    new = "transport/is-whole\n    formerly: [transport/is-intact]\n"
    path.write_text(text.replace("transport/is-whole\n", new), encoding="utf-8")
    assert main(["--write"]) == 0
    assert main(["--check"]) == 0


def test_writing_never_takes_a_line_out(copied):
    main(["--write"])
    before = read_lock(copied / "ids.lock")
    (copied / "controls" / "backup.yaml").unlink()

    assert main(["--write"]) == 1

    assert read_lock(copied / "ids.lock") == before


def test_the_command_says_which_file_is_wrong(copied, capsys):
    (copied / "retired.yaml").write_text("retired: [{kind: control}]\n", encoding="utf-8")

    assert main(["--check"]) == 2
    assert "retired.yaml: retired[0]" in capsys.readouterr().err


def test_a_renamed_suite_carries_the_old_names_of_its_expectations(copied):
    suites = copied.parents[1] / "expectations" / "suites"
    path = next(suites.glob("register/*.yaml"))
    text = path.read_text(encoding="utf-8")
    old = f"register/{path.stem}"
    new = text.replace(f"id: {old}\n", f"id: register/papers\nformerly: [{old}]\n", 1)
    path.write_text(new, encoding="utf-8")

    found = ids_now()

    assert ("suite", old) in found.former
    assert {id_ for kind, id_ in found.former if kind == "expectation"} == {
        id_.replace("register/papers", old)
        for kind, id_ in found.current
        if kind == "expectation" and id_.startswith("register/papers#")
    }
