"""What a stranger wrote is kept whatever it holds."""

import json

from hubscan.findings import ScanError
from hubscan.records import RepoRef, StoredRecord
from hubscan.store import Store, codec, crawls
from hubscan.store.tables import crawl_errors


def test_half_a_surrogate_pair_does_not_stop_a_record():
    record = StoredRecord("huggingface", "model", {"id": "a\ud800b", "tags": ["\udc00", "\U0001f600", "中"]}, "\ud800")
    kept = codec.unpack(codec.pack(record))
    assert kept.native == {"id": "a\ufffdb", "tags": ["\ufffd", "\U0001f600", "中"]}
    assert kept.card == "\ufffd"
    assert json.loads(codec.dumps(["\ud800", RepoRef("h", "k", "r")]))[0] == "\ufffd"


def test_an_error_that_quotes_a_stranger_is_kept(database_url):
    error = ScanError("https://hub.example/a\ud800", "malformed", "odd: \x00\x1b[2J\u202e")
    with Store.open(database_url) as store:
        run = store.start_run("huggingface", "all", {}, (), "0.1.0")
        with store.writing() as connection:
            crawl = crawls.begin(connection, run, crawls.SWEEP, None, ["model"], store.now())
            crawls.add_errors(connection, crawl, [error])
        with store.reading() as connection:
            (kept,) = crawls.errors_of(connection, crawl)
            assert connection.execute(crawl_errors.select()).one()
    assert (kept.where, kept.message) == ("https://hub.example/a\ufffd", error.message)
