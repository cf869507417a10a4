"""The consensus journal survives torn writes and full disks, and refuses to guess about damage."""

import errno
import os
from pathlib import Path

import pytest

from cocket.node import journal
from cocket.node.journal import FRAME, JournalFile
from cocket.node.problems import NodeError, StorageFull


def reopened(path: Path) -> list[bytes]:
    again = JournalFile(path)
    again.close()
    return again.records


def test_what_was_appended_is_read_back_in_order(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "j")
    file.append([b"one", b"two"])
    file.append([b"three"])
    file.close()
    assert reopened(tmp_path / "j") == [b"one", b"two", b"three"]


@pytest.mark.parametrize("kept", range(1, FRAME.size + 5))
def test_a_torn_last_record_is_cut_off_wherever_it_tore(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "j"
    file = JournalFile(path)
    file.append([b"whole"])
    size = file.size
    file.append([b"torn!"])
    file.close()
    os.truncate(path, size + kept)
    assert reopened(path) == [b"whole"]
    assert path.stat().st_size == size


def test_zeros_after_the_last_record_are_not_a_record(tmp_path: Path) -> None:
    path = tmp_path / "j"
    file = JournalFile(path)
    file.append([b"whole"])
    file.close()
    with path.open("ab") as raw:
        raw.write(bytes(64))
    assert reopened(path) == [b"whole"]


def test_damage_before_good_records_stops_the_node_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "j"
    file = JournalFile(path)
    file.append([b"a vote", b"another"])
    file.close()
    data = bytearray(path.read_bytes())
    data[FRAME.size] ^= 1
    path.write_bytes(data)
    with pytest.raises(NodeError, match=r"damaged at byte 0.*keep this node off") as caught:
        JournalFile(path)
    assert caught.value.code == "damaged-journal"


def test_a_full_disk_leaves_no_trace_and_the_next_append_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "j"
    file = JournalFile(path)
    file.append([b"before"])

    def half_then_full(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(journal, "_write_all", half_then_full)
        with pytest.raises(StorageFull, match="free some"):
            file.append([b"lost"])
    file.append([b"after"])
    file.close()
    assert reopened(path) == [b"before", b"after"]


def test_a_rewrite_replaces_everything_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "j"
    file = JournalFile(path)
    file.append([b"old"] * 100)
    file.rewrite([b"kept"])
    file.append([b"new"])
    file.close()
    assert reopened(path) == [b"kept", b"new"]
    assert not path.with_suffix(".new").exists()
