"""Invoices of about 1 KB, signed beforehand so that signing is not measured."""

import os
import time
from concurrent.futures import ProcessPoolExecutor

from cocket.ledger.document import sign
from cocket.ledger.keys import SigningKey, base64url

JWS_BYTES = 1024
CHUNK = 2000


def invoice(number: int) -> dict[str, object]:
    """A commercial invoice of one line."""
    return {
        "invoiceNumber": f"B-{number:08d}",
        "invoiceDate": "2026-03-02",
        "seller": {"name": "Bench Trading"},
        "buyer": {"name": "Hangzhou Fresh Import"},
        "originCountry": "MY",
        "destinationCountry": "CN",
        "termsOfDelivery": {"incoterm": "CIF", "namedPlace": "Hangzhou"},
        "currencyOfSettlement": "USD",
        "itemsShipped": [
            {
                "description": "Frozen durian pulp",
                "hsCode": "081190",
                "hsEdition": "2022",
                "originCountry": "MY",
                "quantity": "1200",
                "unitCode": "KGM",
                "unitPrice": "13.50",
                "lineItemTotalPrice": "16200.00",
            }
        ],
        "invoiceSubtotal": "16200.00",
        "totalPaymentDue": "16200.00",
    }


def _signed(job: tuple[bytes, str, str, int, int, int]) -> list[bytes]:
    seed, organisation, network, start, count, now = job
    key = SigningKey(seed)
    signed = []
    for number in range(start, start + count):
        claims = {
            "iss": organisation,
            "aud": network,
            "iat": now,
            "jti": base64url(number.to_bytes(16, "big")),
            "vct": "urn:cocket:commercial-invoice:1",
            "ucr": [f"BENCH{number // 4:08d}"],
            "refs": {},
            "body": invoice(number),
        }
        signed.append(sign(claims, key).jws)
    return signed


def signed_documents(
    key: SigningKey, organisation: str, network: str, start: int, count: int
) -> list[bytes]:
    """`count` different signed invoices, made on all cores."""
    now = int(time.time())
    jobs = [
        (key.seed, organisation, network, first, min(CHUNK, start + count - first), now)
        for first in range(start, start + count, CHUNK)
    ]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return [jws for chunk in pool.map(_signed, jobs) for jws in chunk]
