"""`hubscan terms`: confidential word lists of partners, kept as keyed digests. No command here prints a term."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from hubscan.cli import _options
from hubscan.cli._output import Listing, show, show_text
from hubscan.cli._voice import voice
from hubscan.errors import TermListError, UsageError

app = typer.Typer(
    name="terms",
    help="Keep confidential word lists as keyed digests. HUBSCAN_TERMS_KEY_FILE names the key's file.",
    no_args_is_help=True,
)

ListId = Annotated[str, typer.Argument(metavar="ID", help="What rules call the list: lower-case words and hyphens.")]


@app.command("add")
def add_list(
    list_id: ListId,
    file: Annotated[str, typer.Argument(metavar="FILE", help="One term a line; - reads standard input.")],
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of the list of that name.")] = False,
) -> None:
    """Read a list once and keep its digests; the file itself is no longer needed here."""
    from hubscan import terms
    from hubscan.engine.grammar import LIST_ID
    from hubscan.render import write_atomically
    from hubscan.store.store import utc_now

    if not LIST_ID.fullmatch(list_id):
        raise UsageError("the id of a list is lower-case words and hyphens", todo="For example: partner-names")
    path = terms.file_of(list_id)
    if path.exists() and not replace:
        raise UsageError(f"there is a list {list_id!r} already", todo="Take another id, or --replace")
    key = terms.key(os.environ)
    if key is None:
        raise TermListError("there is no key", terms.KEY_FILE, f"Make one and name it: {terms.MAKE_KEY}")
    kept = terms.digested(list_id, _lines(file), key, utc_now())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(path, terms.encoded(kept))
    voice().say(f"{list_id}: {kept.entries:,} terms kept as {len(kept.digests):,} digests in {path}.")


@app.command("list")
def list_lists(fmt: _options.Format = Listing.TABLE) -> None:
    """List the lists that are kept: how long they are and when they were added."""
    from hubscan import terms

    keys = ("id", "terms", "digests", "key", "added_at")
    found = [
        {
            "id": kept.id,
            "terms": kept.entries,
            "digests": len(kept.digests),
            "key": kept.key_id,
            "added_at": kept.added_at,
        }
        for kept in map(terms.read, terms.kept())
    ]
    show(fmt, found, keys, [list(one.values()) for one in found])


@app.command("check")
def check_lists(packs: _options.Packs = None) -> None:
    """Check that every list a rule asks for can be matched; ends with 1 where one cannot."""
    from hubscan import terms
    from hubscan.cli import _terms
    from hubscan.engine.load import load

    finders, faults = terms.loaded(os.environ)
    wanted = _terms.wanted(load(packs or ()))
    wrong = [f"{name}: {why}" for name, why in sorted(faults.items())]
    for name in sorted(wanted.keys() - finders.keys() - faults.keys()):
        wrong.append(f"{name}: there is no such list; {', '.join(wanted[name])} will not run")
    show_text(wrong)
    voice().say(f"{len(finders):,} lists can be matched, {len(wrong) or 'none'} cannot.")
    raise typer.Exit(bool(wrong))


def _lines(file: str) -> Iterable[str]:
    import sys

    try:
        return (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise TermListError("it is not UTF-8 text", file, "Save it as UTF-8") from None
    except OSError as error:
        raise TermListError(f"it cannot be read ({error.strerror})", file, "Name a text file") from None
