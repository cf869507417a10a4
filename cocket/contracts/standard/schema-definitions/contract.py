"""Schema definitions: parts of a JSON Schema that is too large for one document.

Signed by: an organisation that runs a validator.  Standard: none; see contract-proposal, which
refers to them.

Levels: format: what they define is checked with the proposal that uses it.
"""

SIGNED_BY = []
WRITES = []


def check(doc, signer):
    require(doc["iss"] in validators(), "not-a-validator",
            "contracts are proposed by organisations that run a validator")
