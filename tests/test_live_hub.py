"""The page about live hubs says what the client does."""

import re
from pathlib import Path

from hubscan.http import Budget, Settings
from hubscan.http.settings import MIB
from hubscan.hubs import base, civitai, modelscope, ollama

PAGE = (Path(__file__).parent.parent / "docs" / "live-hub.md").read_text(encoding="utf-8")
COSTS = re.findall(r"^\| \w+ \| (\d+) \| (\d+) \| ([\d.]+) h \| ([\d.]+) h \| ([\d.]+) h \|$", PAGE, re.MULTILINE)


def hours(requests: int, per_window: str) -> str:
    return f"{requests / int(per_window) * 300 / 3600:.1f}"


def test_the_costs_are_what_the_quotas_make():
    assert len(COSTS) == 3
    for api, resolvers, listing, cards, tenth in COSTS:
        assert (listing, cards) == (hours(10_000, api), hours(1_000_000, resolvers))
        assert tenth == hours(100_000, resolvers)


def test_the_limits_are_the_clients():
    settings = Settings(endpoint="https://hub.example")
    assert f"at most {settings.wait_cap:.0f} s a time; after {settings.quota_tries} tries" in PAGE
    assert f"tries {settings.tries} times with growing pauses, at most {Budget().retries} such retries" in PAGE
    assert f"{settings.body_cap // MIB} MiB unless" in PAGE


def test_what_it_says_of_single_hubs_is_what_their_connectors_do():
    assert f"{civitai.HASHES_A_CALL:,} hashes are one request" in PAGE
    assert f"goes past {modelscope.LIST_END:,} models" in PAGE
    assert f"of more than {modelscope.FILES_END:,} files" in PAGE
    assert f"each below {ollama.TEXT_CAP // 1024} KiB" in PAGE
    paces = {name: base.connector(name).interval for name in ("civitai", "modelscope", "modelscope_ai", "ollama")}
    assert set(paces.values()) == {1.0}, "asked once a second"
    assert base.connector("huggingface").interval == 0
    for name in paces:
        assert f"HUBSCAN_{name.upper()}_TOKEN" in PAGE
