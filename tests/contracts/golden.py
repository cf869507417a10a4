"""Golden results of contracts: what each came to, and what it cost, on every Python for ever.

The files in `vectors/` hold cases like this one (`vectors/README.md`); lines that start with => are
the result:

    # a sum of decimals
    put("out", "sum", str(decimal("0.10") + decimal("0.20")))
    => out/sum "0.30"
    => 62 steps

    python -m tests.contracts.golden           compare, print what differs
    python -m tests.contracts.golden --write   write what is; then read the difference with care
"""

import re
import sys

from cocket.contracts.language import compile_contract
from cocket.ledger.errors import Refusal, Refused
from tests.contracts.memory import NAME, VECTORS, Memory, fresh, module

FILES = ("language.txt", "refused.txt", "hostile.txt")

_TIMES = re.compile(r"«([^«»]*) × ([0-9]+)»")


def cases(file: str = FILES[0]) -> list[tuple[str, str, list[str]]]:
    """(title, body as written, result) of each case of a file."""
    found = []
    for block in (VECTORS / file).read_text("utf-8").strip("\n").split("\n\n# "):
        title, *lines = block.removeprefix("# ").split("\n")
        body = [line for line in lines if not line.startswith("=>")]
        result = [line for line in lines if line.startswith("=>")]
        found.append((title, "\n".join(body), result))
    return found


def every_case() -> list[tuple[str, str, list[str]]]:
    """The cases of all files, their titles headed by the file's name."""
    return [
        (f"{file}: {title}", body, result) for file in FILES for title, body, result in cases(file)
    ]


def spelled_out(body: str) -> str:
    """The body with what is repeated in it: «ab × 3» is ababab, and \\n a new line."""
    while _TIMES.search(body):
        body = _TIMES.sub(lambda match: match[1].replace("\\n", "\n") * int(match[2]), body)
    return body


def result_of(body: str) -> list[str]:
    """The lines that a case should end with."""
    memory = Memory()
    before = dict(memory.state)
    try:
        contract = compile_contract(module(spelled_out(body)), NAME)
    except Refused as refused:
        return [_refused(refused.refusal)]
    outcome = contract.run(*fresh(), memory)
    lines = []
    if outcome.refusal is not None:
        lines.append(_refused(outcome.refusal))
    else:
        written = {key: value for key, value in memory.state.items() if before.get(key) != value}
        lines += [f"=> {key} {value.decode()}" for key, value in sorted(written.items())]
        lines += [f"=> removed {key}" for key in sorted(before.keys() - memory.state.keys())]
        lines += [f"=> event {each.name} {each.value.decode()}" for each in outcome.events]
        lines += [f"=> warning {w.code} {w.path or '-'} {w.message}" for w in outcome.warnings]
        lines += [f"=> unchecked {rule}" for rule in outcome.unchecked]
    return [*lines, f"=> {outcome.steps} steps"]


def _refused(refusal: Refusal) -> str:
    return f"=> refused {refusal.code} {refusal.path or '-'} {refusal.message}"


def main() -> int:
    """Compare, or write."""
    if sys.argv[1:] == ["--write"]:
        for file in FILES:
            blocks = [
                "\n".join([f"# {title}", body, *result_of(body)]) for title, body, _ in cases(file)
            ]
            (VECTORS / file).write_text("\n\n".join(blocks) + "\n", "utf-8")
        return 0
    known = every_case()
    differing = [title for title, body, result in known if result_of(body) != result]
    for title in differing:
        print(f"differs: {title}")
    print(f"{len(known)} cases, {len(differing)} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
