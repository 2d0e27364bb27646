"""The confidential term lists that rules ask for, with the key that this process was given."""

import os
from typing import TYPE_CHECKING

from hubscan.engine import grammar
from hubscan.engine.elsewhere import term_lists
from hubscan.engine.load import Rulebook

if TYPE_CHECKING:
    from hubscan.terms import Finder


def wanted(rulebook: Rulebook) -> dict[str, list[str]]:
    """Return the lists that rules name, each with those rules."""
    found: dict[str, list[str]] = {}
    for rule in rulebook.rules:
        for name in sorted(
            {name for tree in rule.trees for clause in grammar.walk(tree) for name in term_lists(clause)}
        ):
            found.setdefault(name, []).append(rule.id)
    return found


def kept() -> tuple["Finder", ...]:
    """Return every list that is kept and that this process has the key of; `TermListError` as `terms.key` says."""
    from hubscan import terms

    return tuple(terms.loaded(os.environ)[0].values())


def loaded(rulebook: Rulebook) -> dict[str, "Finder"]:
    """Return the lists that the rules name and that can be matched; no list is read where no rule asks for one."""
    names = wanted(rulebook)
    if not names:
        return {}
    from hubscan import terms

    finders, _ = terms.loaded(os.environ)
    return {name: finder for name, finder in finders.items() if name in names}
