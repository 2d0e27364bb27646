"""A naive keyword scanner: what an engineer would write in an afternoon, to measure the rules against.

All that a record says is joined, lower-cased and searched for the keywords of each category at word boundaries. No
context, no folding, English only, one severity a category. The lists were written from what the categories mean, not
from any labelled record.
"""

import re
from collections.abc import Iterator

from hubscan import features
from hubscan.findings import Severity
from hubscan.records import RepoRecord
from hubscan.rulebook import CATEGORIES

KEYWORDS = {
    "csae": "underage, under-age, minor, minors, preteen, child nsfw, nsfw child, csam",
    "ncii": """deepnude, nudify, nudifier, undress, undressing, clothes remover, remove clothes, celebrity nude,
        nude celebrity, celebrity nsfw, deepfake porn, non-consensual, revenge porn""",
    "likeness": """celebrity, actress, actor, real person, politician, singer, influencer, streamer, youtuber, likeness,
        lookalike, face swap, faceswap, deepfake, voice clone, voice cloning""",
    "safeguard-removal": """uncensored, abliterated, abliteration, unfiltered, jailbreak, jailbroken, no refusals,
        without refusals, unaligned, no filter, safety checker removed, no safety checker, disable safety checker,
        safety filter removed""",
    "malicious-use": """phishing, malware, ransomware, scam, scams, fraud, fraudgpt, wormgpt, keylogger, botnet,
        fake id, fake reviews, blackhat, exploit, impersonation, social engineering""",
    "historical": """stable-diffusion-v1-5, stable-diffusion-v1-4, stable diffusion 1.5, stable diffusion 1.4,
        stable diffusion v1.5, stable diffusion v1-5, sd 1.5, sd1.5, sd15, sd 1.4, sd1.4, runwayml""",
    "training-data": "laion, laion-5b, laion5b, laion-2b, laion2b, laion-400m, laion400m, laion-aesthetics",
    "evasion": """reupload, re-upload, reuploaded, re-uploaded, mirror, taken down, deleted model, banned, telegram,
        discord, mega.nz, password, archive password""",
}


def _pattern(keywords: str) -> re.Pattern[str]:
    longest_first = sorted(re.split(r",\s+", keywords), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


PATTERNS = {category: _pattern(keywords) for category, keywords in KEYWORDS.items()}


def severity(category: str) -> Severity:
    """Return the one severity this scanner has for a category: the highest the category may have."""
    return CATEGORIES[category]


def find(record: RepoRecord) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each category that has a keyword in the record, with the keywords met."""
    text = "\n".join(piece.text for piece in features.pieces(record)).lower().replace("_", " ")
    for category, pattern in PATTERNS.items():
        if met := frozenset(pattern.findall(text)):
            yield category, met
