"""The public surface is a list, and each name on it says what it is."""

import cocket.client


def test_the_public_names_are_exactly_these() -> None:
    assert cocket.client.__all__ == [
        "Answer",
        "Busy",
        "ClientError",
        "DocumentRefused",
        "DocumentType",
        "Event",
        "Ledger",
        "LedgerDocument",
        "LedgerError",
        "NotOffered",
        "Patience",
        "SdJwt",
        "TrustBundle",
        "Verdict",
        "Verdicts",
        "Wallet",
        "WalletError",
        "WrongPassword",
        "verify",
    ]


def test_every_public_name_is_documented_and_named_in_the_package_s_docstring() -> None:
    assert cocket.client.__doc__
    for name in cocket.client.__all__:
        assert getattr(cocket.client, name).__doc__, name
        assert name in cocket.client.__doc__, name


def test_the_names_that_others_rely_on_are_there() -> None:
    ledger = ("submit", "submit_many", "document", "receipt", "status", "consignment", "follow")
    assert all(getattr(cocket.client.Ledger, name).__doc__ for name in ledger)
    assert all(getattr(cocket.client.Wallet, name).__doc__ for name in ("create", "load", "issue"))
