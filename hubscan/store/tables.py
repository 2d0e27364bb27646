"""The tables, as SQLAlchemy Core: a documented read interface that any SQL client may query.

Times are RFC 3339 in UTC, as text. Severities are 1 (info) to 5 (critical), confidences 1 (low) to 3 (high).
`runs` are scans; `records` hold each repo as last read; `skipped` the repos that were listed and not read;
`findings` what rules said; `sightings` which scope has seen a finding, since which run, and when it went;
`cases`, `case_findings`, `events`, `decisions`, `notices` the review, with `snapshots` of what a reviewer saw.
`file_hashes` index the weight files of `records` by published hash; `hash_opinions` are what people said of hashes.
`uploads` say of each of `records` whose it is, and what it adds to that uploader's counts.
`events` is the spine of a case: rows are appended and never changed; a row of `decisions`, `notices` or `checks`
details one. `queue` is what the events of each case came to, written anew with each of them, so that a list of cases
need not read them all; `queue_rules` is the same by rule. `samples` are random draws among records without a finding,
`sample_cases` the cases drawn; `notice_rules` the rules a sent notice rests on; `holds` keep cases from being purged,
`purges` say what was.
`requests` is the ledger of what runs asked of hubs. `crawls` are sweeps over the network: how far their lists were read
(`crawl_lists`), which repos they still mean to read closely (`crawl_queue`), what could not be read (`crawl_errors`),
and what is known of each repo's version from any of them (`crawl_repos`).
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.dialects import postgresql

# Names for every constraint: SQLite's batch migrations can only alter what has one.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Text in code point order on both databases: PostgreSQL would otherwise sort by the server's language.
Key = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("scope", Key, nullable=False, index=True),
    Column("settings", JSON, nullable=False),
    Column("packs", JSON, nullable=False),
    Column("tool_version", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("finished_at", Text),
    Column("complete", Boolean, nullable=False),
    Column("coverage", JSON),
    sqlite_autoincrement=True,
)

records = Table(
    "records",
    metadata,
    Column("hub", Key, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("repo_id", Key, primary_key=True),
    Column("revision", Text),
    Column("url", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("body", LargeBinary, nullable=False, comment="the StoredRecord as JSON, zstd-compressed"),
    Column("first_run", Integer, ForeignKey("runs.id", name="fk_records_first_run"), nullable=False),
    Column("last_run", Integer, ForeignKey("runs.id", name="fk_records_last_run"), nullable=False),
    Column("first_seen", Text, nullable=False),
    Column("last_seen", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("indexed", Boolean, nullable=False, server_default=false(), comment="in file_hashes and uploads"),
    Index(None, "indexed"),
)

skipped = Table(
    "skipped",
    metadata,
    Column("hub", Key, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("repo_id", Key, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("last_run", Integer, ForeignKey("runs.id"), nullable=False),
    Column("last_seen", Text, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("fingerprint", Key, primary_key=True),
    Column("hub", Key, nullable=False),
    Column("kind", Key, nullable=False),
    Column("repo_id", Key, nullable=False),
    Column("revision", Text),
    Column("url", Text, nullable=False),
    Column("rule_id", Key, nullable=False),
    Column("rule_version", Text, nullable=False),
    Column("rule_status", Text, nullable=False),
    Column("rule_title", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("confidence", Integer, nullable=False),
    Column("facets", JSON, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("discounted", JSON, nullable=False),
    Column("first_run", Integer, ForeignKey("runs.id", name="fk_findings_first_run"), nullable=False),
    Column("last_run", Integer, ForeignKey("runs.id", name="fk_findings_last_run"), nullable=False),
    Column("first_seen", Text, nullable=False),
    Column("last_seen", Text, nullable=False),
    ForeignKeyConstraint(["hub", "kind", "repo_id"], [records.c.hub, records.c.kind, records.c.repo_id]),
    Index(None, "hub", "kind", "repo_id", "rule_id"),
    Index(None, "rule_id"),
)

sightings = Table(
    "sightings",
    metadata,
    Column("scope", Key, primary_key=True),
    Column("fingerprint", Key, ForeignKey("findings.fingerprint"), primary_key=True),
    Column("first_run", Integer, ForeignKey("runs.id", name="fk_sightings_first_run"), nullable=False),
    Column("last_run", Integer, ForeignKey("runs.id", name="fk_sightings_last_run"), nullable=False),
    Column("gone_run", Integer, ForeignKey("runs.id", name="fk_sightings_gone_run")),
    Index(None, "fingerprint"),
)

cases = Table(
    "cases",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("hub", Key, nullable=False),
    Column("kind", Key, nullable=False),
    Column("repo_id", Key, nullable=False),
    Column("opened_at", Text, nullable=False),
    ForeignKeyConstraint(["hub", "kind", "repo_id"], [records.c.hub, records.c.kind, records.c.repo_id]),
    UniqueConstraint("hub", "kind", "repo_id"),
    sqlite_autoincrement=True,
)

case_findings = Table(
    "case_findings",
    metadata,
    Column("case_number", Integer, ForeignKey("cases.number"), primary_key=True),
    Column("fingerprint", Key, ForeignKey("findings.fingerprint"), primary_key=True, index=True),
    Column("added_at", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_number", Integer, ForeignKey("cases.number"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("actor", Text),
    Column("word", Text, comment="what the state depends on: a verdict, an assignee, what the hub did, ..."),
    Column("note", Text, comment="what a person added"),
    sqlite_autoincrement=True,
)

queue = Table(
    "queue",
    metadata,
    Column("case_number", Integer, ForeignKey("cases.number"), primary_key=True, autoincrement=False),
    Column("hub", Key, nullable=False),
    Column("rank", Integer, nullable=False, comment="the lowest comes first"),
    Column("state", Key, nullable=False),
    Column("severity", Integer),
    Column("confidence", Integer),
    Column("facets", Integer, nullable=False),
    Column("reach", BigInteger, comment="downloads; null where they are not known"),
    Column("assignee", Key),
    Column("due_at", Key, comment="when the repo is to be checked; null for never"),
    Index(None, "rank", "case_number"),
    Index(None, "state", "rank", "case_number"),
    Index(None, "hub", "rank", "case_number"),
    Index(None, "hub", "state", "rank", "case_number"),
    Index(None, "assignee", "rank", "case_number"),
    Index(None, "due_at"),
)

queue_rules = Table(
    "queue_rules",
    metadata,
    Column("rule_id", Key, primary_key=True),
    Column("rank", Integer, primary_key=True, autoincrement=False, comment="as in queue"),
    Column("case_number", Integer, ForeignKey("cases.number"), primary_key=True, autoincrement=False, index=True),
)

decisions = Table(
    "decisions",
    metadata,
    Column("event_id", Integer, ForeignKey("events.id"), primary_key=True, autoincrement=False),
    Column("case_number", Integer, ForeignKey("cases.number"), nullable=False, index=True),
    Column("verdict", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("policy", Text),
    Column("record_digest", Text, nullable=False),
    Column("at", Text, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("event_id", Integer, ForeignKey("events.id"), primary_key=True, autoincrement=False),
    Column("case_number", Integer, ForeignKey("cases.number"), nullable=False, index=True),
    Column("template", Text, nullable=False),
    Column("edition", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("sha256", Text, nullable=False, comment="of the drafted file"),
    Column("at", Text, nullable=False),
)

notice_rules = Table(
    "notice_rules",
    metadata,
    Column("event_id", Integer, ForeignKey("events.id"), primary_key=True, autoincrement=False),
    Column("rule_id", Key, primary_key=True),
)

checks = Table(
    "checks",
    metadata,
    Column("event_id", Integer, ForeignKey("events.id"), primary_key=True, autoincrement=False),
    Column("case_number", Integer, ForeignKey("cases.number"), nullable=False, index=True),
    Column("run_id", Integer, ForeignKey("runs.id"), comment="whose requests the ledger holds"),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Text, nullable=False),
)

samples = Table(
    "samples",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hub", Key, comment="null for all hubs"),
    Column("seed", Text, nullable=False),
    Column("min_severity", Integer, nullable=False, comment="records with a finding this grave were left out"),
    Column("population", Integer, nullable=False, comment="records without one; size / population is the rate"),
    Column("size", Integer, nullable=False),
    Column("at", Text, nullable=False),
    sqlite_autoincrement=True,
)

sample_cases = Table(
    "sample_cases",
    metadata,
    Column("sample_id", Integer, ForeignKey("samples.id"), primary_key=True, autoincrement=False),
    Column("case_number", Integer, ForeignKey("cases.number"), primary_key=True, autoincrement=False, index=True),
)

holds = Table(
    "holds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_number", Integer, ForeignKey("cases.number"), nullable=False, index=True),
    Column("held", Boolean, nullable=False, comment="false lifts the hold; the last row counts"),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Text, nullable=False),
    sqlite_autoincrement=True,
)

purges = Table(
    "purges",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("policy", Text, nullable=False, comment="SHA-256 of the policy's file"),
    Column("what", Text, nullable=False),
    Column("days", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    sqlite_autoincrement=True,
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("hub", Key, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("repo_id", Key, primary_key=True),
    Column("digest", Key, primary_key=True),
    Column("body", LargeBinary, nullable=False, comment="as in records"),
    Column("taken_at", Text, nullable=False),
)

requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, ForeignKey("runs.id"), nullable=False, index=True),
    Column("at", Text, nullable=False),
    Column("url_class", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("status", Integer),
    Column("outcome", Text, nullable=False),
    Column("received", Integer, nullable=False, comment="body bytes on the wire"),
    Column("milliseconds", Integer, nullable=False),
    Column("sha256", Text, comment="of the body as taken, decompressed; null where none was"),
)

crawls = Table(
    "crawls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, ForeignKey("runs.id"), nullable=False),
    Column("scope", Key, nullable=False, index=True),
    Column("mode", Text, nullable=False, comment="sweep: the whole list; changes: what changed since `since`"),
    Column("since", Text),
    Column("started_at", Text, nullable=False),
    Column("closed_at", Text),
    Column("ended", Boolean, nullable=False, comment="every list was read to its end and every card asked for"),
    Column("stopped", Text, comment="why it stopped before, in one word"),
    sqlite_autoincrement=True,
)

crawl_lists = Table(
    "crawl_lists",
    metadata,
    Column("crawl_id", Integer, ForeignKey("crawls.id"), primary_key=True, autoincrement=False),
    Column("kind", Key, primary_key=True),
    Column("onward", Text, comment="where to go on; null before the first page"),
    Column("ended", Boolean, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
)

crawl_queue = Table(
    "crawl_queue",
    metadata,
    Column("crawl_id", Integer, ForeignKey("crawls.id"), primary_key=True, autoincrement=False),
    Column("hub", Key, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("repo_id", Key, primary_key=True),
    Column("worth", Integer, nullable=False, comment="the higher, the sooner the card is read"),
    Column("progress", Text, comment="what the body holds of this version already: card, or headers too"),
    Column("body", LargeBinary, nullable=False, comment="as in records"),
    Index(None, "crawl_id", "worth"),
)

crawl_errors = Table(
    "crawl_errors",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("crawl_id", Integer, ForeignKey("crawls.id"), nullable=False, index=True),
    Column("error", JSON, nullable=False, comment="a ScanError"),
)

crawl_repos = Table(
    "crawl_repos",
    metadata,
    Column("hub", Key, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("repo_id", Key, primary_key=True),
    Column("version", Text, nullable=False, comment="what the list last said; empty where it said nothing"),
    Column("card_version", Text, comment="the version whose card is stored"),
    Column("headers_version", Text, comment="the version whose headers are stored"),
    Column("listed_in", Integer, ForeignKey("crawls.id", name="fk_crawl_repos_listed_in"), nullable=False, index=True),
    Column("read_in", Integer, ForeignKey("crawls.id", name="fk_crawl_repos_read_in"), index=True),
)

file_hashes = Table(
    "file_hashes",
    metadata,
    Column("algorithm", Key, primary_key=True),
    Column("value", Key, primary_key=True),
    Column("hub", Key, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("repo_id", Key, primary_key=True),
    Column("file", Key, primary_key=True),
    Column("size", BigInteger),
    Column("uploader", Text),
    Column("current", Boolean, nullable=False, comment="false where the repo has since shown other files"),
    Column("first_seen", Text, nullable=False),
    Column("last_seen", Text, nullable=False),
    ForeignKeyConstraint(["hub", "kind", "repo_id"], [records.c.hub, records.c.kind, records.c.repo_id]),
    Index(None, "hub", "kind", "repo_id"),
)

hash_opinions = Table(
    "hash_opinions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("list", Key, nullable=False),
    Column("algorithm", Key, nullable=False),
    Column("value", Key, nullable=False),
    Column("opinion", Text, nullable=False, comment="positive, negative, disputed or withdrawn"),
    Column("source", Text, nullable=False, comment="who holds it: a reviewer, or whoever a list was imported from"),
    Column("reason", Text, nullable=False),
    Column("case_number", Integer, ForeignKey("cases.number")),
    Column("at", Text, nullable=False),
    Column("expires_at", Text),
    Index(None, "list", "algorithm", "value"),
    sqlite_autoincrement=True,
)

uploads = Table(
    "uploads",
    metadata,
    Column("hub", Key, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("repo_id", Key, primary_key=True),
    Column("author", Key, nullable=False),
    Column("day", Text, comment="when the repo was made"),
    Column("adapter", Boolean, nullable=False),
    Column("throwaway", Boolean, nullable=False, comment="named by a number or a date"),
    ForeignKeyConstraint(["hub", "kind", "repo_id"], [records.c.hub, records.c.kind, records.c.repo_id]),
    Index(None, "hub", "author", "day", "adapter", "throwaway"),
)
