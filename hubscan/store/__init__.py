"""The database: what scans saw and what people decided, on SQLite or PostgreSQL, through one code path.

`tables` is the documented read interface, `runs` writes scans, `reading` streams back, `casebook` keeps the review,
`tally` counts for scorecards, `database` opens and upgrades. What a decision means is not here but in `cases.py`.
"""

from hubscan.store.database import default_url, upgrade
from hubscan.store.runs import Judged, Run
from hubscan.store.store import Store

__all__ = ["Judged", "Run", "Store", "default_url", "upgrade"]
