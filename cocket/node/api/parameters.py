"""What callers may put into a path and behind its question mark: bounds, and what is said of the
rest."""

from typing import Annotated

from fastapi import Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response

from cocket.ledger.document import ID_PATTERN, ORGANISATION_PATTERN, TYPE_PATTERN
from cocket.node.api.answers import Problem, problem

NUMBER_CHARACTERS_MAX = 128
PAGE_MAX = 200
UCR_CHARACTERS_MAX = 35


def _whole(pattern: str) -> str:
    """A pattern of the ledger as JSON Schema has it."""
    return pattern.replace(r"\Z", "$")


DocumentId = Annotated[str, Path(pattern=_whole(ID_PATTERN))]
Type = Annotated[str | None, Query(pattern=_whole(TYPE_PATTERN))]
Issuer = Annotated[str | None, Query(pattern=_whole(ORGANISATION_PATTERN))]
Consignment = Annotated[str | None, Query(max_length=UCR_CHARACTERS_MAX)]
Number = Annotated[str | None, Query(min_length=1, max_length=NUMBER_CHARACTERS_MAX)]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]
After = Annotated[int, Query(ge=-1, le=2**62)]


async def wrong_parameter(_: Request, error: Exception) -> Response:
    """The answer (422) to a parameter out of its bounds."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = ".".join(str(each) for each in first["loc"][1:])
    return problem(422, "invalid-parameter", f"the parameter {name}: {first['msg']}")


async def only_known(request: Request) -> None:
    """Raise `Problem` (422) for a query parameter that means nothing here: misspelt, it would ask
    for more than was wanted."""
    known = {each.alias for each in request.scope["route"].dependant.query_params}
    for name in request.query_params:
        if name not in known:
            names = ", ".join(sorted(known))
            detail = f"the parameter {name[:40]!r} is not known here; there are {names}"
            raise Problem(422, "invalid-parameter", detail)
