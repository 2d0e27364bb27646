"""What hubs and laws say, and what is asked of hubs, as data; nothing here is legal advice.

One TOML file per hub in `reports/hubs/`, per law in `reports/laws/`, and the recommendations for hubs in
`reports/scorecard/recommendations.toml`. `facts` holds the types, which are the format, key by key; `reading` reads,
checks, and joins an operator's own files. A fact that was not read at its source has `verified = false` and says so
wherever it is used. Rules cite clause ids in `policies:` and law ids in `laws:`. Letters are written in `notices/`.
"""

from hubscan.policies.facts import (
    Asked,
    Channel,
    ChannelKind,
    Clause,
    Follows,
    Hub,
    Law,
    Login,
    Policies,
    Practice,
    Reason,
    Recommendation,
    Requirement,
    Role,
    Source,
    Stance,
    Status,
    Visibility,
    operator_channel,
)
from hubscan.policies.reading import load

__all__ = [
    "Asked",
    "Channel",
    "ChannelKind",
    "Clause",
    "Follows",
    "Hub",
    "Law",
    "Login",
    "Policies",
    "Practice",
    "Reason",
    "Recommendation",
    "Requirement",
    "Role",
    "Source",
    "Stance",
    "Status",
    "Visibility",
    "load",
    "operator_channel",
]
