"""What others build on: sign documents, hand them in, follow the ledger, verify offline.

    wallet = Wallet.create("carrier-one", "green-lane")
    document = wallet.issue("bill-of-lading", body, confidential=["/freightCharges"])
    async with Ledger("https://node.example") as ledger:
        await ledger.submit(document)
        receipt = await ledger.receipt(document.id)
    print(verify(document, receipt, trust))

`Wallet`           an organisation's signing key: issues documents, kept in a sealed file
`SdJwt`            a document with the disclosures of its confidential members
`Ledger`           the ledger through one or more nodes; `Patience`: how long it tries
`verify`           `Verdicts` on a document, from its receipt and a `TrustBundle`, offline
`Answer`, `Event`, `LedgerDocument`, `DocumentType`     what a node tells
`ClientError`      the root of `WalletError`, `WrongPassword`, `LedgerError`, `DocumentRefused`,
                   `Busy` and `NotOffered`: each with a stable `code` and a sentence
"""

from cocket.client.answers import Answer, DocumentType, Event, LedgerDocument
from cocket.client.errors import (
    Busy,
    ClientError,
    DocumentRefused,
    LedgerError,
    NotOffered,
    WalletError,
    WrongPassword,
)
from cocket.client.ledger import Ledger
from cocket.client.transport import Patience
from cocket.client.verify import Verdict, Verdicts, verify
from cocket.client.wallet import Wallet
from cocket.ledger.sdjwt import SdJwt
from cocket.ledger.trust import TrustBundle

__all__ = [
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
