"""What the directory of a node tells when its process does not answer."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from cocket.node.agreement import HALTED
from cocket.node.config import Config, check_keys, load_genesis, load_keys
from cocket.node.database import ROOM_BYTES_MIN
from cocket.node.diagnosis import Finding
from cocket.node.first_start import JOURNAL_FILE, MARK_FILE
from cocket.node.journal import read_records
from cocket.node.lock import holder
from cocket.node.problems import NodeError
from cocket.node.records import Head
from cocket.node.words import moment

SQLITE_S = 2.0
"""How long to wait for the database, if somebody holds it."""


def look(config: Config, unanswered: str) -> tuple[Finding, ...]:
    """Why nobody answers for the node of this directory. `unanswered` says how asking it failed."""
    found = list(_process(config, unanswered))
    found += _ledger(config.data)
    found += _journal(config.data)
    found += _disk(config.data)
    found += _setup(config)
    return tuple(found)


def _process(config: Config, unanswered: str) -> Iterator[Finding]:
    process = holder(config.data)
    if process is not None:
        yield Finding(
            "no-answer",
            f"process {process} runs the node of {config.directory}, but its API does not answer "
            f"({unanswered}): it is starting, or stopped in its tracks, or too busy; see its log",
        )
    elif (config.data / MARK_FILE).exists() and not (config.data / JOURNAL_FILE).exists():
        yield Finding(
            "not-started",
            f"the node of {config.directory} was never started: cocket node run {config.directory}",
        )
    else:
        yield Finding(
            "not-running",
            f"the node of {config.directory} is not running: cocket node run {config.directory}",
        )


def _ledger(data: Path) -> Iterator[Finding]:
    path = data / "ledger.db"
    if not path.is_file():
        yield Finding("no-ledger", "it has no ledger yet: it fetches all of it from its peers")
        return
    try:
        values = _meta(path)
    except sqlite3.Error as error:
        yield Finding(
            "ledger-unreadable",
            f"{path} cannot be read: {error}. When the node is started, it says whether the file "
            "is damaged, and what to do",
        )
        return
    if "head" in values:
        head = Head.decode(values["head"])
        when = moment(head.time_ms / 1000)
        yield Finding("last-block", f"its ledger ends at block {head.height}, of {when}", well=True)
    if HALTED in values:
        why = values[HALTED].decode("utf-8", "replace")
        yield Finding("halted", f"it signs and applies nothing any more: {why}")


def _meta(path: Path) -> dict[str, bytes]:
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=SQLITE_S)
    try:
        return dict(database.execute("SELECT name, value FROM meta"))
    finally:
        database.close()


def _journal(data: Path) -> Iterator[Finding]:
    path = data / JOURNAL_FILE
    try:
        records = read_records(path) if path.exists() else []
    except NodeError as error:
        yield Finding(error.code, error.message)
        return
    except OSError as error:
        yield Finding("journal-unreadable", f"{path} cannot be read: {error.strerror}")
        return
    if not records and not (data / MARK_FILE).exists():
        yield Finding(
            "journal-lost",
            f"{path} is gone: once started, the node abstains until it knows from the other "
            "validators in which views it may vote",
        )


def _disk(data: Path) -> Iterator[Finding]:
    room = os.statvfs(data if data.exists() else data.parent)
    if room.f_bavail * room.f_frsize < ROOM_BYTES_MIN:
        yield Finding("disk-full", f"the disk of {data} is full: free some")


def _setup(config: Config) -> Iterator[Finding]:
    """What would keep it from starting."""
    try:
        genesis = load_genesis(config)
        check_keys(config, load_keys(config), genesis)
    except NodeError as error:
        yield Finding(error.code, f"it cannot start: {error.message}")
