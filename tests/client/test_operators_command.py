"""What `cocket node` says to an operator who asks at the wrong door, or too early."""

import json
from pathlib import Path

import pytest
from aiohttp import web

from tests.client.command import UCR, Served, issued, json_of, run, saved

pytestmark = pytest.mark.usefixtures("in_an_empty_directory")

SETTINGS = """\
[node]
organisation = "customs-my"
network = "green-lane"
[api]
listen = "{api}"
[peer]
listen = "127.0.0.1:1"
"""


def served_from(url: str) -> Path:
    """A node's directory whose API is at `url`, with the secret of its last start."""
    home = Path("customs-my")
    (home / "data").mkdir(parents=True)
    (home / "cocket.toml").write_text(SETTINGS.format(api=url.removeprefix("http://")))
    (home / "data" / "operator.secret").write_text("old\n")
    return home


def test_waiting_for_a_node_that_starts_shows_it_the_secret_of_this_start(served: Served) -> None:
    home = served_from(served.url)
    asked = 0

    def status() -> web.Response:
        nonlocal asked
        asked += 1
        if asked == 1:
            (home / "data" / "operator.secret").write_text("new\n")
            return web.json_response({"code": "token-invalid", "detail": "no"}, status=401)
        return web.json_response({"organisation": "customs-my", "ready": True})

    served.node.overrides["/v1/status"] = status
    assert json_of(run("node", "status", home, "--wait", 5, "--json"))["ready"]
    assert served.node.requests[-1].headers["Authorization"] == "Bearer new"


def test_a_secret_that_the_node_does_not_know_is_explained(served: Served) -> None:
    problem = {"code": "token-invalid", "detail": "the token is not a JWT"}
    served.node.overrides["/v1/status"] = lambda: web.json_response(problem, status=401)
    result = run("node", "status", served_from(served.url), "--json")
    assert result.exit_code == 1
    said = json.loads(result.stderr)
    assert said["code"] == "token-invalid"
    assert served.url in said["message"] and "another directory" in said["message"]


@pytest.mark.parametrize("command", ["status", "why-stuck"])
def test_another_program_at_the_port_is_not_taken_for_a_node(served: Served, command: str) -> None:
    other = lambda: web.Response(status=404, text="<html>nothing here</html>")  # noqa: E731
    served.node.overrides[f"/v1/{command}"] = other
    result = run("node", command, served_from(served.url), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["code"] == "bad-answer"
    assert f"what answers at {served.url} is no node" in json.loads(result.stderr)["message"]


@pytest.mark.parametrize("where", ["http://", "http://[", "localhost:8101", "nowhere"])
@pytest.mark.parametrize("command", ["status", "why-stuck"])
def test_what_is_neither_a_directory_nor_an_address_is_wrong_usage(
    command: str, where: str
) -> None:
    result = run("node", command, where)
    assert result.exit_code == 2
    assert where in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_a_line_of_a_table_is_whole_where_the_terminal_is_narrow(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = "cannot reach 127.0.0.1:25104: connection refused, so no node is running there"
    peer = {"organisation": "hub", "address": "127.0.0.1:25104", "lastError": trouble}
    value = {"organisation": "customs-my", "ready": True, "peers": [peer]}
    served.node.overrides["/v1/status"] = lambda: web.json_response(value)
    monkeypatch.setattr("cocket.terminal.out.width", 40, raising=False)
    assert trouble in run("node", "status", served.url).stdout
    document = issued()
    run("submit", saved(document), "--to", served.url)
    line = run("consignment", UCR, "--to", served.url).stdout.splitlines()[1]
    assert line.endswith("UTC") or line.endswith("Z")


def test_a_wallet_is_not_sealed_with_an_empty_password(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("empty").write_text("\n")
    making = (
        "org",
        "init",
        "orchard",
        "--legal-name",
        "O",
        "--country",
        "MY",
        "--role",
        "merchant",
    )
    assert run(*making, "--password-file", "empty").exit_code == 2
    monkeypatch.setenv("COCKET_PASSWORD", "")
    result = run(*making)
    assert result.exit_code == 2
    assert "COCKET_PASSWORD is empty" in " ".join(result.stderr.split())
    assert run("network", "create").exit_code == 2
    assert not Path("wallet.json").exists() and not Path("network").exists()
