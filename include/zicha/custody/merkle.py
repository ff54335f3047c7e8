"""The Merkle tree of RFC 6962 over SHA-256: roots, and proofs of inclusion and consistency."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from zicha.model.errors import ConfigError

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf; its prefix keeps it apart from the hash of a node."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that only grows; it can still say what it was at every earlier size."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """Grow from these leaf hashes."""
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add a leaf, and close the subtrees that it completes."""
        levels, height = self._levels, 0
        levels[0].append(leaf)
        while len(levels[height]) % 2 == 0:
            parent = node_hash(levels[height][-2], levels[height][-1])
            height += 1
            if height == len(levels):
                levels.append([])
            levels[height].append(parent)

    def level(self, height: int) -> Sequence[bytes]:
        """The hashes of the complete subtrees of this height, from the left."""
        return self._levels[height] if height < len(self._levels) else ()

    def root(self, size: int | None = None) -> bytes:
        """The root as it was at this size; as it is now when none is given."""
        wanted = self.size if size is None else self._checked(size)
        return self._over(0, wanted) if wanted else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that the leaf at this index is in the tree of this size."""
        if not 0 <= index < self._checked(size):
            raise ConfigError(f"no entry {index} in a tree of {size}: choose a smaller index")
        return self._path(index, 0, size)

    def consistency(self, earlier: int, later: int) -> list[bytes]:
        """The proof that the tree of the later size only adds to that of the earlier one."""
        if not 0 <= earlier <= self._checked(later):
            raise ConfigError(f"a tree of {later} cannot extend one of {earlier}: swap the two")
        return self._kept(earlier, 0, later, is_known=True) if earlier else []

    def _checked(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise ConfigError(f"the tree has {self.size} entries, not {size}: verify the ledger")
        return size

    def _over(self, start: int, end: int) -> bytes:
        width = end - start
        if width & (width - 1) == 0:
            return self._levels[width.bit_length() - 1][start // width]
        split = start + _split(width)
        return node_hash(self._over(start, split), self._over(split, end))

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        split = start + _split(end - start)
        if index < split:
            return [*self._path(index, start, split), self._over(split, end)]
        return [*self._path(index, split, end), self._over(start, split)]

    def _kept(self, earlier: int, start: int, end: int, *, is_known: bool) -> list[bytes]:
        if earlier == end:
            return [] if is_known else [self._over(start, end)]
        split = start + _split(end - start)
        if earlier <= split:
            return [*self._kept(earlier, start, split, is_known=is_known), self._over(split, end)]
        return [*self._kept(earlier, split, end, is_known=False), self._over(start, split)]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, reached = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node % 2 or node == last:
            reached = node_hash(sibling, reached)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            reached = node_hash(reached, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and reached == root


def is_consistent(
    earlier: int, later: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Whether the proof shows that the later tree only added to the earlier one (2.1.4.2)."""
    if earlier == later:
        return not proof and old_root == new_root
    if not 0 < earlier < later:
        # An empty tree is extended by every other one.
        return earlier == 0 < later and not proof and old_root == EMPTY_ROOT
    path = list(proof)
    if earlier & (earlier - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    node, last = earlier - 1, later - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node % 2 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and (old, new) == (old_root, new_root)


def _split(width: int) -> int:
    """The largest power of two below the width."""
    return 1 << (width - 1).bit_length() - 1
