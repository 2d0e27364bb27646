"""Checks of what a rule is called."""

import re
from collections.abc import Iterator

from hubscan.engine.lint.base import Subject, at
from hubscan.errors import Problem

_KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*/[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)


class IdFormCheck:
    """Ids go into commands, addresses and suppression files."""

    name = "id-form"
    recommendation = "Write pack/name in lower-case ASCII words joined by hyphens, and rename the file with it."

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """Look at each id."""
        for rule in subject.rules:
            if not _KEBAB.fullmatch(rule.id):
                yield at(rule, "id", f"id {rule.id!r} is not kebab-case")
