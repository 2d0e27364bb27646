"""Notice templates: `reports/notices/<name>.<language>.j2`, TOML front matter between `+++` lines, then the wording.

The front matter says for whom and under which law a notice is, who may send it, which fields of the letter it cannot do
without, and which elements it holds. The wording is written once for all formats in terms of the macros of
`layout.<suffix>.j2`; `parts.j2` is what several notices share, `public.j2` the public edition of all of them, and
`words.<language>.toml` says both in one language. A template that lacks an element its law requires does not load, nor
does a language that lacks a word English has.
"""

import dataclasses
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from hubscan import render, resources
from hubscan.errors import PolicyError, Problem, UsageError
from hubscan.findings import FACETS
from hubscan.notices.letter import Addressee, Mode
from hubscan.policies import ChannelKind, Policies
from hubscan.rulebook import CATEGORIES

_FRONT = re.compile(r"\A\+\+\+\n(.*?)^\+\+\+\n", re.DOTALL | re.MULTILINE)
_SUFFIX = re.compile(r"\.(html|md|typ)\.j2\Z")
_SHARED = ("layout", "parts", "public")
_ELEMENT = re.compile(r"""call x\.element\("([a-z-]+)",""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The front matter of a template.

    `requires` are dotted fields of the letter; `a|b` asks for one of them. `elements` are the ids the wording must
    hold, beside those of `law`. `jurisdiction` picks the laws that may be cited as grounds; "" cites none. `channels`
    are for what goes to a hub. `modes` says who may send it; empty `hubs` or `categories` means any; `unnamed` that a
    name is not needed.
    """

    title: str
    audience: str
    requires: tuple[str, ...]
    elements: tuple[str, ...]
    addressee: Addressee = Addressee.HUB
    channels: tuple[ChannelKind, ...] = ()
    modes: tuple[Mode, ...] = (Mode.RESEARCHER,)
    hubs: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    law: str = ""
    jurisdiction: str = ""
    unnamed: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """One notice in one language: front matter, wording (Jinja2), and the language's words."""

    name: str
    language: str
    front: Front
    words: Mapping[str, Mapping[str, str]]
    folder: Path


def load(
    name: str, language: str, policies: Policies, reports: Path | None = None, family: str = "notices"
) -> Template:
    """Read one template; `UsageError` names those there are, `PolicyError` every fault in it.

    `family` is the folder: `notices` go out from whoever found something, `reasons` from a hub to its uploader.
    """
    folder = reports or resources.folder("reports")
    path = folder / family / f"{name}.{language}.j2"
    if (name, language) not in available(folder, family):
        known = ", ".join(f"{one} ({in_language})" for one, in_language in available(folder, family))
        raise UsageError(f"no notice template {name!r} in {language!r}", todo=f"There are: {known}")
    source, label = path.read_text(encoding="utf-8"), f"{family}/{path.name}"
    words = _words(folder, language)
    front, wording = _split(source, label)
    problems = [*_missing_elements(label, front, wording, policies), *_missing_words(folder, language, words)]
    if problems:
        raise PolicyError(problems)
    return Template(name, language, front, words, folder)


def available(reports: Path, family: str = "notices") -> tuple[tuple[str, str], ...]:
    """Return the (name, language) pairs there are, sorted."""
    stems = (path.name.removesuffix(".j2").rpartition(".") for path in (reports / family).glob("*.j2"))
    return tuple(sorted((name, language) for name, _, language in stems if name and name not in _SHARED))


def environment(template: Template) -> jinja2.Environment:
    """Return the environment in which `<name>.<language>.<suffix>.j2` is the one wording `<name>.<language>.j2`.

    The name's suffix decides how values are escaped (`render.environment`), so a wording serves every format.
    """
    env = render.environment(template.folder)

    def wording(name: str) -> str | None:
        path = template.folder / _SUFFIX.sub(".j2", name)
        return _FRONT.sub("", path.read_text(encoding="utf-8")) if path.is_file() else None

    loaders = [jinja2.FunctionLoader(wording), *([env.loader] if env.loader else [])]
    return env.overlay(loader=jinja2.ChoiceLoader(loaders))


def _split(source: str, label: str) -> tuple[Front, str]:
    found = _FRONT.match(source)
    if not found:
        raise PolicyError([Problem(label, 1, "no front matter", "start with +++, TOML, +++")])
    try:
        table: dict[str, Any] = tomllib.loads(found[1])
        problems = [
            Problem(label, _line(source, key), f"unknown key {key}")
            for key in sorted(table.keys() - {field.name for field in dataclasses.fields(Front)})
        ]
        if problems:
            raise PolicyError(problems)
        return msgspec.convert(table, Front), source[found.end() :]
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PolicyError([Problem(label, 1, f"front matter: {error}")]) from error


def _missing_elements(label: str, front: Front, wording: str, policies: Policies) -> Iterator[Problem]:
    needed = dict.fromkeys(front.elements, "the front matter")
    if front.law:
        needed |= {required.element: front.law for required in policies.law(front.law).requires}
    for element in needed.keys() - set(_ELEMENT.findall(wording)):
        yield Problem(label, 1, f"the element {element!r} is missing, which {needed[element]} requires")


def _words(folder: Path, language: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((folder / "notices" / f"words.{language}.toml").read_text(encoding="utf-8"))


def _missing_words(folder: Path, language: str, words: Mapping[str, Mapping[str, str]]) -> Iterator[Problem]:
    needed = {table: dict.fromkeys(entries) for table, entries in _words(folder, "en").items()}
    needed |= {"categories": dict.fromkeys(CATEGORIES), "facets": dict.fromkeys(FACETS)}
    for table, keys in needed.items():
        for key in [key for key in keys if not words.get(table, {}).get(key)]:
            yield Problem(f"notices/words.{language}.toml", 1, f"no word for {key} in [{table}]")


def _line(source: str, key: str) -> int:
    return next((n for n, line in enumerate(source.splitlines(), 1) if line.startswith(key)), 1)
