"""A hub on loopback that serves a dump: what the demo and the tests crawl, and how a fault is played back.

It answers in the shapes of its hubs' public interfaces as far as hubscan asks for them, keeps a quota if given one, and
misbehaves on demand. It is no mirror: it serves metadata, and where a file is asked for, a header (if the dump has one)
and zeros behind it.

    wire         a request and an answer as values
    catalog      the records, in the orders a list can have
    huggingface  /api/models, datasets and spaces; /resolve/
    civitai      /api/v1/models, creators and look-ups by hash
    modelscope   /openapi/v1/models, and the older /api/v1/models/OWNER/NAME
    ollama       /v2/: manifests and small layers
    quota        RateLimit headers and honest 429s
    faults       ways to misbehave
    recorded     a run that --record kept, played back
    server       sockets and counts
"""

from hubscan.replay.catalog import Catalog
from hubscan.replay.faults import FAULTS, Fault, named_fault
from hubscan.replay.quota import Quota
from hubscan.replay.recorded import Tape
from hubscan.replay.server import ReplayServer, Seen, run, serve

__all__ = ["FAULTS", "Catalog", "Fault", "Quota", "ReplayServer", "Seen", "Tape", "named_fault", "run", "serve"]
