"""hubscan: find, report and follow up misuse-prone models on public model hubs, from text metadata only."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hubscan.records import RepoRecord as RepoRecord
    from hubscan.scan import scan_records as scan_records

__version__ = "0.1.0"
_LAZY = {"scan_records": "hubscan.scan", "RepoRecord": "hubscan.records"}
__all__ = ["RepoRecord", "__version__", "scan_records"]


def __getattr__(name: str) -> Any:
    # Nothing is imported until it is asked for: `import hubscan` must cost a command line or a notebook nothing.
    if name not in _LAZY:
        raise AttributeError(f"module 'hubscan' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)
