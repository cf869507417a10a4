"""Abstention: who lost the journal takes no part in views in which it may have voted before.

    lost ──ask the others for the newest certificate they hold──▶ 2 f + 1 answered
         abstains in all views                                    abstains up to the newest + 2

Why that is enough. Say validator X forgot, and v is the newest view it voted in. It had entered v
(or, to finalize, had seen v end) by a certificate of view v - 1 or newer, from n - f validators, so
at least n - 2f - 1 honest others voted in view v - 1. Whoever votes in a view entered it by a
certificate of the view before, which is in its journal before the vote leaves (`effects`) and stays
there or gives way to a newer one: each of those n - 2f - 1 holds a certificate of view v - 2 or
newer, from before X forgot. Of any 2f + 1 of the n - 1 others one is among them; so the newest
certificate that 2f + 1 answers show is of view v - 2 at the least. It can be just that: X alone may
have had the last vote of v - 1. Hence 2, and for n = 4 the answers of all three others.

An answer proves itself, so a liar can keep silent or show an old certificate, and neither matters:
one of the 2f + 1 is honest and was there. What answers must not be is *older* than the loss; the
nonce, new with each loss, sees to that. And an honest validator that forgot too does not answer
before it has left the views in which it abstains: then it holds a certificate of every view that it
may have voted in, and the argument holds for it as well.

Meanwhile X hears, relays, fetches and applies as ever. It counts as one of the f faulty: with f
others away, views do not end, and its abstention does not either, until one of them is back.
"""

from collections.abc import Iterable

from cocket.consensus.effects import Effects, Send
from cocket.consensus.journal import Lost, Record
from cocket.consensus.messages import Newest, Recall
from cocket.consensus.pursuit import Pursuit
from cocket.consensus.timing import Timing
from cocket.ledger.blocks import Certificate
from cocket.ledger.committee import Committee

VIEWS_AHEAD = 2
"""How far past the newest certificate of the others it may have voted; see the module."""


class Abstention:
    """What a replica must not sign because it may have signed otherwise; nothing, as a rule."""

    def __init__(
        self, committee: Committee, me: int | None, timing: Timing, records: Iterable[Record]
    ) -> None:
        found = [each for each in records if isinstance(each, Lost)]
        mine = [each for each in found if each.epoch == committee.epoch]
        self.lost = max(mine, key=_known, default=None)
        """The journal's word on it; None where no journal was lost."""
        self._committee = committee
        self._others = [index for index in range(committee.size) if index != me]
        self._views: dict[int, int] = {}
        """The view of the newest certificate of each validator that has answered; 0 for none."""
        self._asking: Pursuit[int] = Pursuit(timing, 0)

    def covers(self, view: int) -> bool:
        """Whether to abstain in this view."""
        if self.lost is None:
            return False
        return self.lost.until is None or view <= self.lost.until

    @property
    def votes_from(self) -> int | None:
        """The view from which on to take part; None while that is not known."""
        if self.lost is None:
            return 0
        return None if self.lost.until is None else self.lost.until + 1

    @property
    def unanswered(self) -> list[int]:
        """The validators whose answers are still waited for; none once it is known from where on
        to vote."""
        if self.lost is None or self.lost.until is not None:
            return []
        return [index for index in self._others if index not in self._views]

    @property
    def lacking(self) -> int:
        """So many answers are lacking."""
        return self._enough - len(self._views) if self.unanswered else 0

    @property
    def deadline_ms(self) -> int | None:
        """When to ask again."""
        return self._asking.deadline_ms

    def turn(self, now_ms: int) -> Effects:
        """Ask whoever is to be asked now."""
        effects = Effects()
        for index, _ in self._asking.due(self.unanswered, now_ms):
            self.ask(index, effects)
        return effects

    def ask(self, validator: int, effects: Effects) -> None:
        """Ask this one, if its answer is waited for."""
        if self.lost is not None and validator in self.unanswered:
            question = Recall(self.lost.epoch, self.lost.nonce)
            effects.send.append(Send(validator, question))

    def hear(self, sender: int, answer: Newest, effects: Effects) -> Certificate | None:
        """Take an answer; returns the certificate in it, verified, if the answer was waited for."""
        lost, certificate = self.lost, answer.certificate
        if lost is None or (answer.epoch, answer.nonce) != (lost.epoch, lost.nonce):
            return None
        if sender not in self.unanswered:
            return None
        if certificate is not None and not self._committee.verify_certificate(certificate):
            effects.blame.append((sender, "certificate with an invalid signature"))
            return None
        self._views[sender] = 0 if certificate is None else certificate.subject.view
        if len(self._views) >= self._enough:
            self.lost = Lost(lost.epoch, lost.nonce, max(self._views.values()) + VIEWS_AHEAD)
            effects.persist.append(self.lost)
        return certificate

    @property
    def _enough(self) -> int:
        return 2 * self._committee.faults_tolerated + 1


def _known(lost: Lost) -> int:
    """Orders what the journal says: the view that was found out after the loss itself."""
    return -1 if lost.until is None else lost.until
