"""Every decoder of hostile bytes, by name."""

from tests.fuzz.decoder import Decoder
from tests.fuzz.of_api import API
from tests.fuzz.of_contracts import CONTRACTS
from tests.fuzz.of_edges import CLIENTS, FILES, NODES
from tests.fuzz.of_ledger import BLOCKS, DOCUMENTS, LOG
from tests.fuzz.of_network import CONSENSUS, PEERS

DECODERS: dict[str, Decoder] = {
    decoder.name: decoder
    for decoder in (
        *DOCUMENTS,
        *BLOCKS,
        *LOG,
        *PEERS,
        *CONSENSUS,
        *CONTRACTS,
        *CLIENTS,
        *API,
        *NODES,
        *FILES,
    )
}
