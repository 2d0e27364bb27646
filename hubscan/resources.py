"""Where things live: rule packs, templates and hub data, inside the wheel or beside the package; the user's database.

A wheel carries `rules/` and `reports/` as `hubscan/_rules` and `hubscan/_reports`; an editable install does not
(hatchling's force-include is for built wheels only), so the checkout's own folders are the second place looked at.
"""

import os
from pathlib import Path

import platformdirs

from hubscan.errors import InputError

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """Return the folder of shipped data called `name` ("rules", "reports"); `InputError` if it is nowhere."""
    for place in (_PACKAGE / f"_{name}", _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise InputError(f"the {name} folder is missing", str(_PACKAGE), "Reinstall hubscan, or name a folder yourself")


def database_file() -> Path:
    """Return the file of the user's own database; nothing is made."""
    return platformdirs.user_data_path("hubscan") / "hubscan.db"


def schedules_file() -> Path:
    """Return the file of the user's own schedules; nothing is made."""
    return platformdirs.user_config_path("hubscan") / "schedules.toml"


def terms_folder() -> Path:
    """Return the folder of the user's own confidential term lists; nothing is made."""
    return platformdirs.user_data_path("hubscan") / "terms"


def hubs_folder() -> Path:
    """Return the folder of the user's own facts about hubs; nothing is made."""
    return platformdirs.user_config_path("hubscan") / "hubs"


def precision_file() -> Path:
    """Return the file with the limits of precision: the user's own where there is one, else the shipped one."""
    return _own_or_shipped("precision.toml")


def retention_file() -> Path:
    """Return the file that says how long what is kept: the user's own where there is one, else the shipped one."""
    return _own_or_shipped("retention.toml")


def _own_or_shipped(name: str) -> Path:
    own = platformdirs.user_config_path("hubscan") / name
    return own if own.is_file() else folder("reports") / name


def evidence_key_file() -> Path:
    """Return the file of the user's own signing key; its public half stands beside it as `.pub`. Nothing is made."""
    return platformdirs.user_config_path("hubscan") / "evidence-key.pem"


def cache_folder() -> Path | None:
    """Return the folder for what can be made again: `HUBSCAN_CACHE` (empty: none), else the user's own."""
    chosen = os.environ.get("HUBSCAN_CACHE")
    if chosen is None:
        return platformdirs.user_cache_path("hubscan")
    return Path(chosen) if chosen else None
