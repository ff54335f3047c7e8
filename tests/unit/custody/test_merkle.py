from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from zicha.custody.merkle import (
    EMPTY_ROOT,
    Tree,
    is_consistent,
    is_included,
    leaf_hash,
)
from zicha.model.errors import ConfigError

MOST = 70
ENTRIES = [f"entry {n}".encode() for n in range(MOST)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
TREE = Tree(LEAVES)

# The hashes of RFC 6962's own test vectors, as Certificate Transparency publishes them.
VECTORS = (b"", b"\x00", b"\x10", b" !", b"01", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno")
VECTOR_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.fixture(scope="module")
def independent():
    tree = InmemoryTree(algorithm="sha256")
    for entry in ENTRIES:
        tree.append(entry)
    return tree


def test_the_published_vectors_give_the_published_root():
    assert Tree(map(leaf_hash, VECTORS)).root().hex() == VECTOR_ROOT


def test_an_empty_tree_has_the_root_of_nothing():
    assert Tree().root() == EMPTY_ROOT


def test_an_independent_implementation_finds_the_same_roots(independent):
    for size in range(1, MOST + 1):
        assert TREE.root(size) == independent.get_state(size)


def test_an_independent_implementation_finds_the_same_inclusion_proofs(independent):
    for size in range(1, MOST + 1):
        for index in range(size):
            theirs = independent.prove_inclusion(index + 1, size).path

            assert TREE.inclusion(index, size) == theirs[1:]


def test_our_consistency_proofs_hold_between_its_roots(independent):
    for later in range(1, MOST + 1):
        for earlier in range(1, later):
            ours = TREE.consistency(earlier, later)
            old, new = independent.get_state(earlier), independent.get_state(later)

            assert is_consistent(earlier, later, ours, old, new)
            assert not is_consistent(earlier, later, ours, new, old)


def test_every_entry_is_included_and_no_other():
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = TREE.inclusion(index, size)
            root = TREE.root(size)

            assert is_included(LEAVES[index], index, size, proof, root)
            assert not is_included(LEAVES[(index + 1) % MOST], index, size, proof, root)


@given(st.data())
def test_a_changed_proof_proves_nothing(data):
    size = data.draw(st.integers(2, MOST))
    index = data.draw(st.integers(0, size - 1))
    proof = TREE.inclusion(index, size)
    at = data.draw(st.integers(0, len(proof) - 1))
    flipped = [bytes([h[0] ^ 1]) + h[1:] if n == at else h for n, h in enumerate(proof)]
    root = TREE.root(size)

    assert not is_included(LEAVES[index], index, size, flipped, root)
    assert not is_included(LEAVES[index], index, size, proof[:-1], root)
    assert not is_included(LEAVES[index], index, size, [*proof, root], root)


@given(st.data())
def test_a_tree_in_which_anything_changed_extends_no_earlier_one(data):
    later = data.draw(st.integers(2, MOST))
    earlier = data.draw(st.integers(1, later - 1))
    changed = data.draw(st.integers(0, earlier - 1))
    other = Tree([*LEAVES[:changed], leaf_hash(b"another"), *LEAVES[changed + 1 : later]])
    proof = other.consistency(earlier, later)

    assert not is_consistent(earlier, later, proof, TREE.root(earlier), other.root())


def test_a_proof_of_what_is_not_there_is_refused():
    with pytest.raises(ConfigError, match="no entry 5"):
        TREE.inclusion(5, 5)
    with pytest.raises(ConfigError, match="verify the ledger"):
        TREE.root(MOST + 1)
