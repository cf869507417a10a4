"""The consensus journal survives torn writes and full disks, and refuses to guess about damage."""

import errno
import os
from pathlib import Path

import pytest

from cocket.node import journal
from cocket.node.journal import HEADER, JournalFile
from cocket.node.problems import NodeError, StorageFull


def reopened(path: Path) -> list[bytes]:
    again = JournalFile(path)
    again.close()
    return again.records


def journal_of(path: Path, appends: list[list[bytes]]) -> tuple[bytes, int]:
    """Write a journal; its bytes, and where the last append begins."""
    file = JournalFile(path)
    last = 0
    for records in appends:
        last = file.size
        file.append(records)
    file.close()
    return path.read_bytes(), last


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def assert_damaged(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(NodeError) as caught:
        JournalFile(path)
    assert caught.value.code == "damaged-journal"
    assert path.read_bytes() == data, "evidence of what happened is left alone"


def test_what_was_appended_is_read_back_in_order(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "j")
    file.append([b"one", b"two"])
    file.append([b"three"])
    file.close()
    assert reopened(tmp_path / "j") == [b"one", b"two", b"three"]


def test_what_a_killed_process_wrote_is_synced_before_anyone_relies_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have died before its sync. If the power failed now, the votes that are found here and
    sent again would be forgotten."""
    path = tmp_path / "j"
    journal_of(path, [[b"a vote"]])
    synced: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda file: synced.append(os.fstat(file).st_ino) or fsync(file)
    )
    assert reopened(path) == [b"a vote"]
    assert path.stat().st_ino in synced


def test_a_torn_last_append_is_cut_off_whole_wherever_it_tore(tmp_path: Path) -> None:
    path = tmp_path / "j"
    whole, size = journal_of(path, [[b"whole"], [b"first of three", b"second", b"third"]])
    for length in range(size, len(whole)):
        path.write_bytes(whole[:length])
        assert reopened(path) == [b"whole"]
        assert path.stat().st_size == size


def test_a_last_append_whose_pages_never_came_to_the_disk_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "j"
    whole, size = journal_of(path, [[b"whole"], [b"first of three", b"second", b"third"]])
    for written in (0, HEADER.size, HEADER.size + 9, len(whole) - size - 1):
        path.write_bytes(whole[: size + written] + bytes(len(whole) - size - written))
        assert reopened(path) == [b"whole"]
        assert path.stat().st_size == size


def test_no_flipped_bit_in_any_header_makes_the_journal_shorter(tmp_path: Path) -> None:
    path = tmp_path / "j"
    appends = [[b"vote 1", b"header 1"], [b"vote 2"], [b"vote 3", b"header 3"]]
    for count in (1, 2, 3):
        _, offset = journal_of(tmp_path / f"first {count}", appends[:count])
        whole, _ = journal_of(tmp_path / f"whole {count}", appends)
        for bit in range(offset * 8, (offset + HEADER.size) * 8):
            assert_damaged(path, flipped(whole, bit))


def test_no_flipped_bit_before_the_last_append_makes_the_journal_shorter(tmp_path: Path) -> None:
    path = tmp_path / "j"
    whole, last = journal_of(path, [[b"vote 1", b"header 1"], [b"vote 2"], [b"vote 3"]])
    for bit in range(last * 8):
        assert_damaged(path, flipped(whole, bit))


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
    whole, _ = journal_of(path, [[b"a vote"], [b"another"]])
    path.write_bytes(flipped(whole, HEADER.size * 8))
    with pytest.raises(NodeError, match=r"damaged at byte 0.*Move the file away") as caught:
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


def test_a_disk_too_full_for_a_new_file_leaves_the_old_journal_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "j"
    file = JournalFile(path)
    file.append([b"before"])

    def full(*_: object) -> int:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    for call in ("open", "fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, call, full)
            with pytest.raises(StorageFull, match="free some"):
                file.rewrite([b"compacted"])
        assert not path.with_suffix(".new").exists()
    file.append([b"after"])
    file.close()
    assert reopened(path) == [b"before", b"after"]
