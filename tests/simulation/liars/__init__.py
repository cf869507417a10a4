"""Faulty members: each holds a real key, and uses it against the others in its own way."""

from tests.simulation.liars.chaotic import Chaotic
from tests.simulation.liars.double_voter import DoubleVoter
from tests.simulation.liars.equivocator import Equivocator
from tests.simulation.liars.flooder import Flooder
from tests.simulation.liars.impersonator import Impersonator
from tests.simulation.liars.nullifier import Nullifier
from tests.simulation.liars.replayer import Replayer
from tests.simulation.liars.selective import Selective
from tests.simulation.liars.silent import Silent
from tests.simulation.liars.twins import Twins
from tests.simulation.liars.withholder import Withholder
from tests.simulation.liars.wrong_proposer import WrongProposer
from tests.simulation.node import Node

LIARS: dict[str, type[Node]] = {
    "chaotic": Chaotic,
    "double voter": DoubleVoter,
    "equivocating leader": Equivocator,
    "far-view flooder": Flooder,
    "impersonator": Impersonator,
    "nullify-only": Nullifier,
    "old-epoch replayer": Replayer,
    "selective sender": Selective,
    "silent": Silent,
    "twins": Twins,
    "withholder of batches": Withholder,
    "wrong proposer": WrongProposer,
}
