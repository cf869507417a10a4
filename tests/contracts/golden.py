"""Golden results of contracts: what each came to, and what it cost, on every Python for ever.

`vectors/language.txt` holds cases like this one; lines that start with => are the result:

    # a sum of decimals
    put("out", "sum", str(decimal("0.10") + decimal("0.20")))
    => out/sum "0.30"
    => 62 steps

    python -m tests.contracts.golden           compare, print what differs
    python -m tests.contracts.golden --write   write what is; then read the difference with care
"""

import sys
from pathlib import Path

from tests.contracts.memory import Memory, run

FILE = Path(__file__).parent / "vectors" / "language.txt"


def cases() -> list[tuple[str, str, list[str]]]:
    """(title, body, result) of each case."""
    found = []
    for block in FILE.read_text().strip("\n").split("\n\n# "):
        title, *lines = block.removeprefix("# ").split("\n")
        body = [line for line in lines if not line.startswith("=>")]
        result = [line for line in lines if line.startswith("=>")]
        found.append((title, "\n".join(body), result))
    return found


def result_of(body: str) -> list[str]:
    """The lines that a case should end with."""
    memory = Memory()
    before = dict(memory.state)
    outcome = run(body, memory)
    lines = []
    if outcome.refusal is not None:
        refusal = outcome.refusal
        lines.append(f"=> refused {refusal.code} {refusal.path or '-'} {refusal.message}")
    else:
        written = {key: value for key, value in memory.state.items() if before.get(key) != value}
        lines += [f"=> {key} {value.decode()}" for key, value in sorted(written.items())]
        lines += [f"=> removed {key}" for key in sorted(before.keys() - memory.state.keys())]
        lines += [f"=> event {each.name} {each.value.decode()}" for each in outcome.events]
        lines += [f"=> warning {w.code} {w.path or '-'} {w.message}" for w in outcome.warnings]
        lines += [f"=> unchecked {rule}" for rule in outcome.unchecked]
    return [*lines, f"=> {outcome.steps} steps"]


def main() -> int:
    """Compare, or write."""
    known = cases()
    if sys.argv[1:] == ["--write"]:
        blocks = [
            "\n".join([f"# {title}", body, *result_of(body)]).rstrip() for title, body, _ in known
        ]
        FILE.write_text("\n\n".join(blocks) + "\n")
        return 0
    differing = [title for title, body, result in known if result_of(body) != result]
    for title in differing:
        print(f"differs: {title}")
    print(f"{len(known)} cases, {len(differing)} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
