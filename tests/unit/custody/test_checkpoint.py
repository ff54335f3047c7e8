from __future__ import annotations

import subprocess
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zicha.custody.checkpoint import checkpoint_of, sign_checkpoint
from zicha.custody.merkle import Tree, leaf_hash
from zicha.custody.note import VerifierKey, verifier_key
from zicha.custody.signing import CommandSigner, command_signer, file_signer
from zicha.custody.tlog_proof import proof_of, prove
from zicha.model.errors import ConfigError, TamperedEvidenceError

ORIGIN = "zicha/example"
ENTRIES = [f"entry {n}".encode() for n in range(13)]
TREE = Tree(map(leaf_hash, ENTRIES))


@pytest.fixture
def signer(tmp_path):
    return file_signer(tmp_path, ORIGIN)


@pytest.fixture
def signed(signer):
    return sign_checkpoint(ORIGIN, TREE.size, TREE.root(), [signer])


def test_a_checkpoint_is_the_note_that_the_specification_shows(signed, signer):
    origin, size, root, blank, line = signed.note.splitlines()

    assert (origin, size, blank) == (ORIGIN, "13", "")
    assert root == b64encode(TREE.root()).decode()
    assert line.startswith(f"— {ORIGIN} ")
    assert signed.signed_by(signer.key)


def test_a_key_id_is_the_one_that_the_specification_defines():
    # The example of golang.org/x/mod/sumdb/note, whose format this is.
    said = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    found = verifier_key(said)

    assert (found.name, found.hex_id, str(found)) == ("PeterNeumann", "c74f20a3", said)


def test_the_published_note_of_that_key_verifies():
    key = verifier_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    line = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    signature = b64decode(line)

    assert signature[:4] == key.id
    assert key.verifies(text.encode(), signature[4:])


def test_a_checkpoint_of_another_size_is_not_the_one_signed(signed, signer):
    forged = checkpoint_of(signed.note.replace("\n13\n", "\n12\n"))

    assert not forged.signed_by(signer.key)


def test_another_key_of_the_same_name_signed_nothing(signed, tmp_path):
    other = file_signer(tmp_path / "other", ORIGIN)

    assert not signed.signed_by(other.key)


def test_a_damaged_note_is_no_checkpoint(signed):
    for damaged in ("", "a\n", signed.note.replace("\n\n", "\n"), signed.note[:-1]):
        with pytest.raises(TamperedEvidenceError):
            checkpoint_of(damaged)


def test_a_checkpoint_of_another_ledger_is_refused(signed):
    with pytest.raises(ConfigError, match="zicha/example"):
        checkpoint_of(signed.note, "zicha/another")


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path):
    first = file_signer(tmp_path, ORIGIN).key

    assert file_signer(tmp_path, ORIGIN).key == first
    assert (tmp_path / "signing.key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_refused(tmp_path):
    file_signer(tmp_path, ORIGIN)
    (tmp_path / "signing.key").chmod(0o644)

    with pytest.raises(ConfigError, match="chmod 600"):
        file_signer(tmp_path, ORIGIN)


def test_a_damaged_key_is_refused(tmp_path):
    file_signer(tmp_path, ORIGIN)
    (tmp_path / "signing.key").write_bytes(b"nonsense")

    with pytest.raises(ConfigError, match="damaged"):
        file_signer(tmp_path, ORIGIN)


def test_a_command_signs_with_a_key_that_we_never_see(tmp_path):
    key = file_signer(tmp_path, ORIGIN).key
    script = tmp_path / "sign.sh"
    script.write_text(
        "#!/bin/sh\ncat > message\n"
        "openssl pkeyutl -sign -inkey signing.key -rawin -in message | openssl base64 -A\n"
    )
    signer = command_signer(f"sh -c 'cd {tmp_path} && sh sign.sh'", str(key), ORIGIN)

    assert sign_checkpoint(ORIGIN, 13, TREE.root(), [signer]).signed_by(key)


@pytest.mark.parametrize("command", ["", "false", "no-such-program-of-ours", "echo nonsense"])
def test_a_signer_that_gives_no_signature_is_named(tmp_path, command):
    key = file_signer(tmp_path, ORIGIN).key

    with pytest.raises(ConfigError, match="sign"):
        sign_checkpoint(ORIGIN, 13, TREE.root(), [CommandSigner(key, command)])


def test_a_signature_of_another_key_is_never_used(tmp_path):
    class Wrong:
        key = VerifierKey(ORIGIN, b"\x01" * 32)

        def sign(self, message):
            return Ed25519PrivateKey.generate().sign(message)

    with pytest.raises(ConfigError, match="public key does"):
        sign_checkpoint(ORIGIN, 13, TREE.root(), [Wrong()])


def test_a_proof_leads_from_an_entry_to_the_signed_root(signed, signer):
    for index, entry in enumerate(ENTRIES):
        found = proof_of(str(prove(TREE, index, signed)), ORIGIN)

        assert found.proves(entry, signer.key)
        assert not found.proves(entry + b"!", signer.key)


def test_a_proof_has_the_form_of_the_specification(signed):
    lines = str(prove(TREE, 5, signed)).splitlines()

    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 5"]
    assert lines[lines.index("") + 1 :] == signed.note.splitlines()


def test_extra_words_of_a_proof_are_passed_over(signed, signer):
    said = str(prove(TREE, 5, signed)).replace("index", "extra AAAA\nindex", 1)

    assert proof_of(said).proves(ENTRIES[5], signer.key)


def test_a_damaged_proof_is_refused(signed):
    said = str(prove(TREE, 5, signed))

    for damaged in ("", "index 5\n\n", said.replace("index 5", "index"), said.replace("@v1", "")):
        with pytest.raises(TamperedEvidenceError):
            proof_of(damaged)


def test_openssl_alone_verifies_the_signature(tmp_path, signed, signer):
    der = bytes.fromhex("302a300506032b6570032100") + signer.key.public
    (tmp_path / "key.der").write_bytes(der)
    (tmp_path / "text").write_bytes(signed.text.encode())
    (tmp_path / "signature").write_bytes(signed.signatures[0].signature)
    command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text"

    ran = subprocess.run([*command.split(), "-sigfile", "signature"], cwd=tmp_path, check=False)

    assert ran.returncode == 0
