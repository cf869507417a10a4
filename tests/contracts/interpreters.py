"""The Pythons on this machine that can run contracts: CPython from 3.11 on, with what they need.

    python -m tests.contracts.interpreters      prints each with its version, and those left out

Looked for: `python3.N` on the path and in pyenv, and what COCKET_PYTHONS names (paths, separated as
in PATH), such as virtual environments that have this project's dependencies installed.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "COCKET_PYTHONS"
_PROBE = """
import sys
print(sys.implementation.name, *sys.version_info[:3])
import RestrictedPython, blake3, jsonschema_rs, msgspec, nacl, pycountry, stdnum
print("ready")
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python: where, which version, and whether the packages that contracts need are there."""

    path: Path
    version: tuple[int, int, int]
    ready: bool

    def __str__(self) -> str:
        number = ".".join(map(str, self.version))
        return number if self.ready else f"{number} (without the packages that contracts need)"


def interpreters() -> list[Interpreter]:
    """One for each version, this one first; of two of a version, one that is ready."""
    found: dict[tuple[int, int, int], Interpreter] = {}
    for path in [Path(sys.executable), *_candidates()]:
        each = _probed(path)
        if each is None or each.version < (3, 11):
            continue
        known = found.get(each.version)
        if known is None or (each.ready and not known.ready):
            found[each.version] = each
    return list(found.values())


def _candidates() -> list[Path]:
    folders = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders += sorted(pyenv.glob("versions/*/bin"))
    named = [Path(each) for each in os.environ.get(VARIABLE, "").split(os.pathsep) if each]
    names = [f"python3.{minor}" for minor in range(11, 20)]
    return named + [folder / name for folder in folders for name in names]


def _probed(path: Path) -> Interpreter | None:
    if not path.is_file():
        return None
    try:
        done = subprocess.run(
            [path, "-c", _PROBE], capture_output=True, text=True, check=False, timeout=60
        )
    except OSError:
        return None
    first, _, rest = done.stdout.partition("\n")
    words = first.split()
    if len(words) != 4 or words[0] != "cpython":
        return None
    major, minor, micro = map(int, words[1:])
    return Interpreter(path, (major, minor, micro), rest.strip() == "ready")


if __name__ == "__main__":
    for each in interpreters():
        print(each, each.path)
