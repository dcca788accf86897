"""Merged graphs kept by a worker, so that the same ``FROM <a> FROM <b>`` is merged once.

Merging copies every triple, and costs thousands of times what a lookup in the merge does. The least
recently used merges go when ``limit`` quads are reached; a merge larger than that is not kept.
"""

from collections import OrderedDict
from typing import Final

from pyoxigraph import Store

QUAD_BYTES: Final = 600
"""What a quad of a merge takes at most, roughly: 270 to 520 bytes were measured."""
_LEAST: Final = 100
"""Quads that an entry counts for even where it holds fewer, or none."""

Key = tuple[tuple[str, ...], tuple[str, ...]]
"""The graphs of the default graph, and the named ones."""


class Merges:
    """Merges of one dataset that does not change; None stands for graphs that need no merging."""

    def __init__(self, limit: int = 0) -> None:
        self.limit = limit
        self.size = 0
        self._entries: OrderedDict[Key, Store | None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: Key) -> Store | None:
        """The merge of these graphs. Raises KeyError where none is kept."""
        found = self._entries[key]
        self._entries.move_to_end(key)
        return found

    def keep(self, key: Key, merged: Store | None) -> None:
        """Keep a merge, and make room for it."""
        size = _size(merged)
        if size > self.limit or key in self._entries:
            return
        self._entries[key] = merged
        self.size += size
        while self.size > self.limit:
            _, oldest = self._entries.popitem(last=False)
            self.size -= _size(oldest)


def _size(merged: Store | None) -> int:
    return max(_LEAST, len(merged) if merged is not None else 0)
