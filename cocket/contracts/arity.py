"""How many arguments a function takes: known of every call before a contract runs."""

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

Arity = tuple[int, int | None]
"""How many at least and at most (None: any number)."""


def arity(function: Callable[..., Any], given: int = 0) -> Arity:
    """How many arguments `function` takes besides the first `given`."""
    parameters = list(signature(function).parameters.values())[given:]
    single = [each for each in parameters if each.kind is not Parameter.VAR_POSITIONAL]
    least = sum(each.default is Parameter.empty for each in single)
    return least, len(single) if len(single) == len(parameters) else None


def wrong_count(name: str, arity: Arity, count: int) -> str | None:
    """What is wrong with a call with `count` arguments; None where nothing is."""
    least, most = arity
    if count >= least and (most is None or count <= most):
        return None
    if most is None:
        takes = f"{least} or more"
    else:
        takes = str(least) if least == most else f"{least} to {most}"
    return f"{name} takes {takes} {'argument' if takes == '1' else 'arguments'}, not {count}"
