from __future__ import annotations

import pytest

from zicha.custody.merkle import Tree, leaf_hash
from zicha.custody.tiles import (
    bundles,
    entries_in,
    leaves_in,
    tile_path,
    tiles,
    write_tiles,
)
from zicha.model.errors import TamperedEvidenceError

ENTRIES = [f"entry {n}".encode() for n in range(700)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def files(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_path_is_the_one_that_the_specification_shows():
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path("entries", 5, 12) == "tile/entries/005.p/12"


def test_every_full_tile_of_a_level_makes_a_hash_of_the_next():
    tree = Tree(LEAVES)

    found = dict(tiles(tree))

    assert sorted(found) == ["tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"]
    assert found["tile/1/000.p/2"] == b"".join(tree.level(8))
    assert found["tile/1/000.p/2"][:32] == Tree(LEAVES[:256]).root()


def test_tiles_grown_in_steps_are_those_written_at_once(tmp_path):
    tree, known = Tree(), 0
    for size in (1, 255, 256, 300, 700):
        for leaf in LEAVES[known:size]:
            tree.append(leaf)
        write_tiles(tmp_path / "steps", tiles(tree, known))
        first = known // 256 * 256
        write_tiles(tmp_path / "steps", bundles(ENTRIES[first:size], first))
        known = size
    write_tiles(tmp_path / "once", tiles(Tree(LEAVES)))
    write_tiles(tmp_path / "once", bundles(ENTRIES))

    assert files(tmp_path / "steps") == files(tmp_path / "once")


def test_the_leaves_can_be_read_back(tmp_path):
    write_tiles(tmp_path, tiles(Tree(LEAVES)))

    assert dict(leaves_in(tmp_path)) == dict(enumerate(LEAVES))


def test_entries_come_back_from_their_bundles():
    found = dict(bundles(ENTRIES))

    assert entries_in(found["tile/entries/002.p/188"]) == ENTRIES[512:]


def test_a_bundle_that_was_cut_is_refused():
    (_, data), *_ = bundles(ENTRIES[:3])

    with pytest.raises(TamperedEvidenceError):
        entries_in(data[:-1])
    with pytest.raises(TamperedEvidenceError):
        entries_in(data + b"\x00")
