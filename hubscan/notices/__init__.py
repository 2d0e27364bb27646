"""From a confirmed case to the takedown request a person may send.

`draft` refuses what must not be written (gates.py), states the facts as a value (letter.py) and renders them through a
template of `reports/notices/` (templates.py). Nothing here sends anything, reads a clock or looks at the environment.
"""

from hubscan.notices.drafting import FORMATS, Draft, draft
from hubscan.notices.letter import (
    ANONYMOUS,
    Anonymous,
    Letter,
    Mode,
    NoticeSubject,
    Notifier,
    Sender,
    Summary,
    TrustedFlagger,
)
from hubscan.notices.reasons import Restriction, StatementOfReasons, state
from hubscan.notices.templates import Template, load

__all__ = [
    "ANONYMOUS",
    "FORMATS",
    "Anonymous",
    "Draft",
    "Letter",
    "Mode",
    "NoticeSubject",
    "Notifier",
    "Restriction",
    "Sender",
    "StatementOfReasons",
    "Summary",
    "Template",
    "TrustedFlagger",
    "draft",
    "load",
    "state",
]
