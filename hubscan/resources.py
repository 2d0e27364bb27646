"""Where the rule packs, templates and hub data live: inside the wheel, or beside the package in a checkout.

A wheel carries `rules/` and `reports/` as `hubscan/_rules` and `hubscan/_reports`; an editable install does not
(hatchling's force-include is for built wheels only), so the checkout's own folders are the second place looked at.
"""

from pathlib import Path

from hubscan.errors import InputError

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """Return the folder of shipped data called `name` ("rules", "reports"); `InputError` if it is nowhere."""
    for place in (_PACKAGE / f"_{name}", _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise InputError(f"the {name} folder is missing", str(_PACKAGE), "Reinstall hubscan, or name a folder yourself")
