"""python -m tests.fuzz [--decoder NAME] [--seconds N] [--count N] [--engine atheris] [--seed N]

One line for each decoder: inputs tried, crashes, slowest input, memory. Ends with 1 if anything
failed; the inputs that did are kept. `--input FILE` tries one of them again.
"""

import argparse
import re
import secrets
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

INPUTS = re.compile(r" ([\d,]+) inputs  \d+ crashes")
"""In the line of one decoder: how many were tried."""
KEPT = Path(tempfile.gettempdir()) / "cocket-fuzz"


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--decoder", help="only this one")
    parser.add_argument("--seconds", type=float, default=10, help="for each decoder")
    parser.add_argument("--count", type=int, default=10**9, help="inputs for each, at most")
    parser.add_argument("--engine", choices=["loop", "atheris"], default="loop")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--kept", type=Path, default=KEPT, help="where inputs that failed go")
    parser.add_argument("--input", type=Path, help="try only what is in this file")
    return parser.parse_args()


def table(engine: str) -> tuple[dict[str, Any], Any]:
    """The decoders, instrumented where coverage leads, and atheris itself."""
    if engine == "loop":
        from tests.fuzz.table import DECODERS

        return DECODERS, None
    import atheris

    with atheris.instrument_imports(include=["cocket"], enable_loader_override=False):
        from tests.fuzz.table import DECODERS
    return DECODERS, atheris


def every(asked: argparse.Namespace) -> int:
    """Each decoder in a process of its own, so that memory is its own too."""
    from tests.fuzz.table import DECODERS

    options = [f"--{name}={getattr(asked, name)}" for name in ("seconds", "count", "engine")]
    options += [f"--seed={asked.seed}", f"--kept={asked.kept}"]
    print(f"seed {asked.seed}, engine {asked.engine}", flush=True)
    command = [sys.executable, "-m", "tests.fuzz", *options]
    tried, failed = 0, []
    for name in DECODERS:
        one = subprocess.run(
            [*command, "--decoder", name], check=False, stdout=subprocess.PIPE, text=True
        )
        print(one.stdout, end="", flush=True)
        tried += sum(int(found.replace(",", "")) for found in INPUTS.findall(one.stdout))
        if one.returncode:
            failed.append(name)
    print(
        f"seed {asked.seed}; {len(DECODERS)} decoders, {tried:,} inputs; "
        f"{len(failed)} failures{': ' if failed else ''}{', '.join(failed)}"
    )
    return 1 if failed else 0


def main() -> int:
    """Run; the exit code."""
    asked = arguments()
    if asked.decoder is None:
        return every(asked)
    warnings.simplefilter(
        "ignore"
    )  # of libraries, about what they are given: it is meant to be odd
    decoders, atheris = table(asked.engine)
    decoder = decoders[asked.decoder]
    if asked.input is not None:
        print("accepted" if decoder.accepts(asked.input.read_bytes()) else "refused")
        return 0
    from tests.fuzz.hunt import Hunt, by_coverage, finish, loop

    hunt = Hunt(decoder, asked.count, asked.seconds, asked.seed, asked.kept)
    if atheris is not None:
        by_coverage(hunt, atheris)
    loop(hunt)
    finish(hunt)


if __name__ == "__main__":
    sys.exit(main())
