"""What the name of an upload looks like, without any list of names."""

import re

_NUMBER = re.compile(r"[0-9][0-9_.\- ]{2,}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}[-_.]?(?:0[1-9]|1[0-2])")
_LETTERS = r"[a-z'\u00df-\u024f]"
_PERSON = re.compile(
    rf"[A-Z]{_LETTERS}+\.?"  # a first name
    r"(?: [A-Z]\.?)?"  # a middle initial
    r"(?: (?:de|da|von|van|di|la|el|al|bin))?"
    rf"(?: [A-Z]{_LETTERS}+){{1,2}}"  # one or two family names
)
_CAPITALIZED = re.compile(rf"[A-Z]{_LETTERS}")
_BESIDE = re.compile(
    r"\([^()]*\)|\[[^\[\]]*\]"
    r"|\b(?:lora|locon|lycoris|embedding|ti|sdxl|sd ?1\.?5|flux|pony|v?[0-9]+(?:\.[0-9]+)*)\b",
    re.IGNORECASE,
)
_THINGS = frozenset(
    """
    anime art body car cat city concept diffusion dog drawing dress dream face fantasy girl girls hair helper landscape
    light lighting maker man men mix model models night pack painting photo photos portrait portraits pose real
    realistic sketch style suit the tool vision woman women world
    """.split()  # noqa: SIM905
)


def shape(title: str) -> str:
    """Return number (`000418`), date (`20240611_1`), person (`Firstname Lastname v2`), or words."""
    if _DATE.match(title):
        return "date"
    if _NUMBER.fullmatch(title):
        return "number"
    if len(_CAPITALIZED.findall(title)) < 2:
        return "words"
    plain = " ".join(_BESIDE.sub(" ", title.replace("_", " ").replace("-", " ")).split())
    return "person" if _PERSON.fullmatch(plain) and _THINGS.isdisjoint(plain.lower().split()) else "words"
