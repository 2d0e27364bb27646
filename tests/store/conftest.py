"""A database as an earlier version left it."""

import pytest
from alembic import command

from hubscan.store import database

CASES = 1_200
"""More than two pages of the migration."""

# What r0002 held: every third case only opened, every third decided, every third noticed.
OLD = (
    "INSERT INTO runs (id, source, scope, settings, packs, tool_version, started_at, complete)"
    " VALUES (1, 'dump', 'all', '{}', '[]', '0.1.0', '2026-01-01T00:00:00Z', FALSE)",
    "INSERT INTO records"
    " (hub, kind, repo_id, url, digest, body, first_run, last_run, first_seen, last_seen, changed_at)"
    " VALUES ('huggingface', 'model', 'r{n}', 'u', 'd', {body}, 1, 1, 't', 't', 't')",
    "INSERT INTO findings (fingerprint, hub, kind, repo_id, url, rule_id, rule_version, rule_status, rule_title,"
    " category, severity, confidence, facets, evidence, discounted, first_run, last_run, first_seen, last_seen)"
    " VALUES ('f{n}', 'huggingface', 'model', 'r{n}', 'u', 'demo/first', 'v1', 'stable', 'A rule', 'evasion', 4, 2,"
    " '[\"name\", \"card\"]', '[]', '[]', 1, 1, 't', 't')",
    "INSERT INTO cases (number, hub, kind, repo_id, opened_at) VALUES ({n}, 'huggingface', 'model', 'r{n}', 't')",
    "INSERT INTO case_findings (case_number, fingerprint, added_at) VALUES ({n}, 'f{n}', 't')",
    "INSERT INTO events (id, case_number, kind, at) VALUES ({n}0, {n}, 'opened', '2026-02-01T00:00:00Z')",
)
DECIDED = (
    "INSERT INTO events (id, case_number, kind, at, actor)"
    " VALUES ({n}1, {n}, 'decided', '2026-02-02T00:00:00Z', 'r-1')",
    "INSERT INTO decisions (event_id, case_number, verdict, reviewer, reason, record_digest, at)"
    " VALUES ({n}1, {n}, 'confirmed', 'r-1', 'so', 'd', '2026-02-02T00:00:00Z')",
)
NOTICED = (
    "INSERT INTO events (id, case_number, kind, at) VALUES ({n}2, {n}, 'noticed', '2026-02-03T00:00:00Z')",
    "INSERT INTO notices (event_id, case_number, template, edition, format, sha256, at)"
    " VALUES ({n}2, {n}, 'hub-policy.en', 'restricted', 'html', '00', '2026-02-03T00:00:00Z')",
)


@pytest.fixture
def old_url(database_url, judged):
    """A database at r0002 with `CASES` cases."""
    if database_url.startswith("sqlite"):
        database._make_file(database.parse(database_url))
    engine = database.connect(database.parse(database_url), 5)
    body = database.codec.pack(judged("r", "text")[0])
    hexed = f"x'{body.hex()}'" if database_url.startswith("sqlite") else f"'\\x{body.hex()}'"
    with database.writing(engine) as connection:
        config = database._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "r0002")
        connection.exec_driver_sql(OLD[0])
        for number in range(1, CASES + 1):
            steps = (*OLD[1:], *(DECIDED if number % 3 else ()), *(NOTICED if number % 3 == 2 else ()))
            for sql in steps:
                connection.exec_driver_sql(sql.replace("{n}", str(number)).replace("{body}", hexed))
    engine.dispose()
    return database_url
