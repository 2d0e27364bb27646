"""Confidential term lists: words that partners hold in confidence, kept as keyed digests and found without them.

A list on disk holds no word. Each term is folded as texts are, its words are joined by one space, and what is kept is
their HMAC-SHA-256 (FIPS 198-1) under the operator's key (`lists`). To look up every run of words of every record would
be slow, so each single word also sets a bit of a table, by a keyed hash that numpy works out for all words of a text at
once (`tokens`): only where bits are set is anything looked up (`finder`). One word in a hundred has its bit by chance.

Without the key nothing can be tested against a list; whoever has key and list can test guesses. Keep them apart.
Reading and matching only: files are written by the command line.
"""

from hubscan.terms.finder import GROUP, Finder
from hubscan.terms.keys import KEY, KEY_FILE, MAKE_KEY, Key, key
from hubscan.terms.lists import digested, encoded, file_of, kept, loaded, read

__all__ = [
    "GROUP",
    "KEY",
    "KEY_FILE",
    "MAKE_KEY",
    "Finder",
    "Key",
    "digested",
    "encoded",
    "file_of",
    "kept",
    "key",
    "loaded",
    "read",
]
