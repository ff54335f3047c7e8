"""An SM2 signer as an external command: it signs beside the ledger's own key."""

from __future__ import annotations

import base64
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from fakes.ledgers import FIRST, a_day, place_in, tamper
from zicha.custody.note import VerifierKey, key_in, verifier_key
from zicha.custody.signing import NAME, file_signer
from zicha.model.errors import ConfigError
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.inspections.bundling import bundle

ORIGIN = "zicha/demo-telecom/demo"
SIGN = """#!/bin/sh
cat > "$0.message"
openssl dgst -sm3 -sign {key} -sigopt distid:1234567812345678 "$0.message" | openssl base64 -A
"""


@pytest.fixture
def named(tmp_path):
    key, script = tmp_path / "sm2.pem", tmp_path / "sign.sh"
    made = ["openssl", "ecparam", "-genkey", "-name", "SM2", "-noout", "-out", str(key)]
    subprocess.run(made, check=True, capture_output=True)
    public = subprocess.run(
        ["openssl", "pkey", "-in", str(key), "-pubout", "-outform", "DER"],
        check=True,
        capture_output=True,
    ).stdout
    script.write_text(SIGN.format(key=key))
    return {
        "ZICHA_COSIGNER_COMMAND": f"sh {script}",
        "ZICHA_COSIGNER_KEY": str(VerifierKey(ORIGIN, public, is_sm2=True)),
    }


def test_a_verifier_key_of_sm2_comes_back_as_it_was(named):
    said = named["ZICHA_COSIGNER_KEY"]

    assert str(verifier_key(said)) == said
    with pytest.raises(ConfigError, match="damaged"):
        verifier_key(said[:-4] + "AAA=")


def test_the_verifier_key_of_a_public_key_can_be_written(tmp_path, named):
    public = tmp_path / "public.pem"
    asked = ["openssl", "pkey", "-in", str(tmp_path / "sm2.pem"), "-pubout", "-out", str(public)]
    subprocess.run(asked, check=True)

    assert str(key_in(public, ORIGIN)) == named["ZICHA_COSIGNER_KEY"]
    with pytest.raises(ConfigError, match="stays where it is"):
        key_in(tmp_path / "sm2.pem", ORIGIN)


def test_the_verifier_key_of_our_own_key_can_be_written(tmp_path):
    own = file_signer(tmp_path, ORIGIN)
    public = tmp_path / "public.pem"
    asked = ["openssl", "pkey", "-in", str(tmp_path / NAME), "-pubout", "-out", str(public)]
    subprocess.run(asked, check=True)

    assert key_in(public, ORIGIN) == own.key


def test_a_checkpoint_carries_both_signatures_and_both_verify(tmp_path, named):
    place = place_in(tmp_path / "data", **named)
    a_day(place)
    (path,) = (tmp_path / "data" / "checkpoints" / "checkpoints").iterdir()

    assert len(path.read_text().splitlines()) == 6
    assert verify(place)["faults"] == []


def test_a_broken_cosignature_is_named(tmp_path, named):
    place = place_in(tmp_path / "data", **named)
    a_day(place)
    place = place_in(tmp_path / "data", FIRST + timedelta(days=1), **named)
    a_day(place)

    def exchange(connection):
        notes = [n for (n,) in connection.execute("SELECT note FROM checkpoints ORDER BY id")]
        lines = notes[1].splitlines()
        lines[-1] = notes[0].splitlines()[-1]
        forged = "\n".join(lines) + "\n"
        connection.execute("UPDATE checkpoints SET note = ? WHERE id = 2", (forged,))

    tamper(tmp_path / "data", exchange)

    (fault,) = verify(place)["faults"]
    assert fault["kind"] == "cosignature-bad"


def test_the_bundles_script_verifies_the_cosignature(tmp_path, named):
    place = place_in(tmp_path / "data", **named)
    a_day(place)
    out = tmp_path / "bundle"
    bundle(place, system="billing", framework_id="mlps-l3", out=out)

    ran = subprocess.run(
        ["sh", str(out / "verify.sh")], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout
    assert "SM2 cosignatures: 1" in ran.stdout


def test_a_cosigner_that_fails_stops_the_signing(tmp_path, named):
    named["ZICHA_COSIGNER_COMMAND"] = "false"
    place = place_in(tmp_path / "data", **named)

    with pytest.raises(ConfigError, match="gave no signature"):
        a_day(place)
    assert verify(place)["ledger"]["checkpoints"] == 0


def test_a_cosigner_with_another_key_is_refused(tmp_path, named):
    script = Path(named["ZICHA_COSIGNER_COMMAND"].split()[1])
    script.write_text("cat > /dev/null; echo " + base64.b64encode(b"nonsense").decode())
    place = place_in(tmp_path / "data", **named)

    with pytest.raises(ConfigError, match="public key does"):
        a_day(place)
