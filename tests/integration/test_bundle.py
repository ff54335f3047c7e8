"""The inspection bundle, verified by its own script without Python, and tampered with."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from fakes.ledgers import FIRST, a_day, days, flip, place_in
from fakes.timestamp_server import timestamp_server
from zicha.custody.bag import close_bag
from zicha.custody.checkpoint import checkpoint_of, sign_checkpoint
from zicha.custody.merkle import Tree, leaf_hash
from zicha.custody.signing import NAME, file_signer
from zicha.custody.tlog_proof import prove
from zicha.model.errors import ConfigError, MissingEvidenceError
from zicha.pipeline.custody.anchoring import anchor
from zicha.pipeline.custody.rotation import rotate_key
from zicha.pipeline.custody.sealing import origin_of, root_of
from zicha.pipeline.inspections.bundling import bundle
from zicha.storage import ledger

SYSTEM, FRAMEWORK = "billing", "mlps-l3"
TOOLS = (
    "openssl sha256sum cat cmp cp cut dd dirname basename find grep head mkdir mktemp mv od rm "
    "sed sort tail tr wc"
)


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A path on which there is a shell and what the script needs, and no Python."""
    folder = tmp_path_factory.mktemp("path")
    for tool in TOOLS.split():
        (folder / tool).symlink_to(shutil.which(tool))
    program = shutil.which("dash") or shutil.which("sh")

    def run(out, *words):
        ran = subprocess.run(
            [program, str(out / "verify.sh"), *words],
            env={"PATH": str(folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return ran.returncode, ran.stdout + ran.stderr

    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    place = days(folder / "data", 3)
    rotate_key(place)
    place = place_in(folder / "data", FIRST + timedelta(days=3))
    a_day(place)
    found = bundle(place, system=SYSTEM, framework_id=FRAMEWORK, out=folder / "bundle")
    return folder, place, found


@pytest.fixture
def out(made, tmp_path):
    shutil.copytree(made[0] / "bundle", tmp_path / "bundle")
    return tmp_path / "bundle"


def relisted(out):
    """Write the manifests anew, as somebody who tampers would."""
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        (out / name).unlink()
    close_bag(out, {})


def entry(out, n=5):
    return out / "data" / "entries" / f"{n:012d}.json"


def test_a_bundle_is_verified_by_a_shell_without_python(out, shell, made):
    code, said = shell(out, root_of(made[1])["short"])

    assert code == 0, said
    assert "核验通过" in said
    assert "Verified" in said
    assert f"entries of the ledger: {made[2]['items']}" in said
    assert "FAULT" not in said


def test_a_bundle_is_a_bag(out):
    said = (out / "bagit.txt").read_text()
    payload = [p for p in (out / "data").rglob("*") if p.is_file()]

    assert said == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    assert len((out / "manifest-sha256.txt").read_text().splitlines()) == len(payload)
    octets = sum(path.stat().st_size for path in payload)
    assert f"Payload-Oxum: {octets}.{len(payload)}" in (out / "bag-info.txt").read_text()


def test_a_bundle_holds_the_sealed_bytes_and_copies_for_people(made, out):
    objects = {path.name for path in (out / "data" / "objects").iterdir()}

    assert all(d.removeprefix("sha256:") in objects for d in made[1].store.digests())
    assert (out / "阅读说明.txt").exists()
    assert (out / "data" / "readable" / f"{FRAMEWORK}.csv").exists()


def test_days_can_be_chosen(made, tmp_path, shell):
    named = {"since": "2026-11-21", "until": "2026-11-21"}
    found = bundle(made[1], system=SYSTEM, framework_id=FRAMEWORK, out=tmp_path / "one", **named)

    assert 0 < found["items"] < made[2]["items"]
    assert shell(tmp_path / "one")[0] == 0


@pytest.mark.parametrize(
    "name", ["objects/*", "entries/*.json", "proofs/*", "checkpoints/*", "consistency/*"]
)
def test_a_flipped_bit_is_named_by_the_manifest(out, shell, name):
    path = max((out / "data").glob(name))
    flip(path, 40)

    code, said = shell(out)

    assert code == 1
    assert f"altered or missing file: {path.relative_to(out)}" in said


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("objects/*", "altered bytes"),
        ("entries/*.json", "not in the ledger"),
        ("proofs/*", "not in the ledger"),
        ("checkpoints/*", "bad signature"),
        ("consistency/*", "does not extend"),
    ],
)
def test_a_flipped_bit_under_a_new_manifest_is_named(out, shell, name, named):
    flip(max((out / "data").glob(name)), 60 if "proofs" in name else 40)
    relisted(out)

    code, said = shell(out)

    assert code == 1
    assert named in said


def test_a_deleted_object_is_named(out, shell):
    min((out / "data" / "objects").iterdir()).unlink()
    relisted(out)

    assert "is missing" in shell(out)[1]


def test_a_slipped_in_object_is_named(out, shell):
    data = b"not what was found"
    (out / "data" / "objects" / hashlib.sha256(data).hexdigest()).write_bytes(data)
    relisted(out)

    assert "does not speak of" in shell(out)[1]


def test_two_swapped_entries_are_named(out, shell):
    one, two = entry(out, 5), entry(out, 6)
    held = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(held)
    relisted(out)

    assert shell(out)[1].count("not in the ledger") == 2


def test_a_back_dated_entry_is_named(out, shell):
    said = json.loads(entry(out, 5).read_text())
    said["about"]["gaps"] = 7
    entry(out, 999).write_text(json.dumps(said, separators=(",", ":"), ensure_ascii=False))
    proof = (out / "data" / "proofs" / "000000000005.tlog-proof").read_text()
    (out / "data" / "proofs" / "000000000999.tlog-proof").write_text(
        proof.replace("index 5", "index 999")
    )
    relisted(out)

    assert "not in the ledger: data/entries/000000000999" in shell(out)[1]


def test_a_bundle_cut_back_to_an_older_checkpoint_is_named(out, shell, made):
    last = max((out / "data" / "checkpoints").iterdir())
    last.unlink()
    relisted(out)

    code, said = shell(out, root_of(made[1])["short"])

    assert code == 1
    assert "not in the ledger" in said
    assert "holds no such checkpoint" in said


def all_bodies(place):
    with place.database.read() as connection:
        return [line.body for line in ledger.lines(connection)]


def forged(out, place, signer):
    """Change an entry and sign, prove and list everything anew."""
    bodies = all_bodies(place)
    bodies[5] = bodies[5].replace(b'"gaps":0', b'"gaps":9')
    tree = Tree(map(leaf_hash, bodies))
    last = None
    for path in sorted((out / "data" / "checkpoints").iterdir()):
        size = checkpoint_of(path.read_text()).size
        last = sign_checkpoint(signer.key.name, size, tree.root(size), [signer])
        path.write_text(last.note)
    from base64 import b64encode

    for path in (out / "data" / "consistency").iterdir():
        one, two = map(int, path.stem.split("-"))
        proof = tree.consistency(one, two)
        path.write_text("".join(f"{b64encode(h).decode()}\n" for h in proof))
    for path in sorted((out / "data" / "entries").iterdir()):
        path.write_bytes(bodies[int(path.stem)])
        proof = out / "data" / "proofs" / f"{path.stem}.tlog-proof"
        proof.write_text(str(prove(tree, int(path.stem), last)))
    relisted(out)


def test_a_bundle_signed_anew_with_a_stolen_older_key_is_named(made, out, shell, tmp_path):
    place = days(tmp_path / "own", 2)
    stolen = file_signer(tmp_path / "own", origin_of(place))
    rotate_key(place)
    bundle(place, system=SYSTEM, framework_id=FRAMEWORK, out=tmp_path / "mine")
    assert shell(tmp_path / "mine")[0] == 0

    forged(tmp_path / "mine", place, stolen)

    code, said = shell(tmp_path / "mine")
    assert code == 1
    assert "a key that was not in force" in said


def test_a_ledger_rewritten_by_its_owner_is_betrayed_by_a_root_kept_outside(made, out, shell):
    place = made[1]
    kept = root_of(place)["short"]
    first = min((out / "data" / "checkpoints").iterdir())
    assert first.exists()

    forged(out, place, file_signer(made[0] / "data", origin_of(place), NAME))

    code, said = shell(out, kept)
    assert code == 1
    assert "was rewritten or replaced" in said


def test_time_stamps_are_verified_and_an_exchanged_one_is_named(tmp_path, shell):
    with timestamp_server(tmp_path / "authority") as (url, root, _):
        named = {"ZICHA_TIMESTAMP_URL": url, "ZICHA_TIMESTAMP_CA": str(root)}
        for n in range(2):
            place = place_in(tmp_path / "data", FIRST + timedelta(days=n), **named)
            a_day(place)
        anchor(place)
    out = tmp_path / "bundle"
    bundle(place, system=SYSTEM, framework_id=FRAMEWORK, out=out)

    code, said = shell(out)
    assert (code, said.count("time-stamp: ")) == (0, 2)

    one, two = sorted((out / "data" / "timestamps").glob("*.tsr"))
    shutil.copy(one, two)
    relisted(out)
    assert "bad time-stamp" in shell(out)[1]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"system": "nobody"}, ConfigError),
        ({"framework_id": "nothing"}, ConfigError),
        ({"since": "soon"}, ConfigError),
        ({"since": "2031-01-01"}, MissingEvidenceError),
        ({"out": Path("/tmp")}, ConfigError),
    ],
)
def test_wrong_input_is_one_clear_sentence(made, tmp_path, wrong, error):
    named = {"system": SYSTEM, "framework_id": FRAMEWORK, "out": tmp_path / "b", **wrong}

    with pytest.raises(error) as said:
        bundle(made[1], **named)
    assert str(said.value)


def test_a_folder_that_is_no_bundle_is_refused(tmp_path, shell, out):
    shutil.copy(out / "verify.sh", tmp_path / "verify.sh")

    assert shell(tmp_path) == (2, "无法核验：这不是证据包 / cannot verify: this is no bundle\n")
