"""A replica of Simplex: events and the time in, effects out (DESIGN §6; Chan & Pass, TCC 2023).

The rules, numbered as in DESIGN §6; n validators, f = (n - 1) // 3 of them faulty, quorum n - f:

 1. The leader of view v proposes a block; the proposal's signature is its notarize vote. The
    parent is the newest block it knows notarized or final, with a nullification of every view
    since.
 2. A validator notarizes at most one block in a view, and only while it holds the parent's
    notarization, the nullifications since, all headers back to the floor and all batches, and the
    block's time is later than the parent's and not far ahead of its clock. Else it waits and
    fetches.
 3. A quorum of notarize: relay it, finalize unless nullify was signed in v, enter v + 1. A quorum
    of nullify: relay it, enter v + 1. A quorum of finalize: the block and its ancestors are final.
 4. Two Δ without a proposal, three without a certificate: nullify, and repeat it with the
    certificate that opened the view. Also when f + 1 did, when the proposal is wrong, when the
    leader has been silent while a quorum was not, or passes: nullifies and proposes nothing, which
    it does at once if it is behind.
 5. Nothing to order, no unrest: no timer, no message. Blocks come paced.

Safety. Two quorums share n - 2f > f validators, hence an honest one. (a) An honest one notarizes
once in a view: no view has two notarized blocks. (b) None signs both nullify and finalize in a
view: no view is both nullified and final. (c) Let b be final in v, and b' notarized in a later
view. Some honest validator voted for b' and held its parent's notarization and the nullifications
since. Were the parent's view before v, v would be nullified, against (b); if it is v, the parent is
b by (a); if it is after v, go on from the parent. So b is an ancestor of every later notarized
block, and all final blocks are on one chain. Nothing here speaks of time, and all of it survives a
crash: `View.may` decides from what the journal holds, and a vote leaves only once it is there.
Who lost the journal abstains where it may have voted (`abstention`).

Liveness, once messages arrive within Δ. Whoever has work nullifies in time and repeats it with the
certificate that opened its view; a peer further on answers with the one that opened its own. So all
honest validators come to one view, within Δ of each other, and one nullify wakes them all: the view
ends, by a certificate that everyone relays. Silent leaders are skipped only while there was
finality in the last n views, so a view of an honest leader comes in which nobody gives up early.
It holds, or asks for and gets, a justified parent, and sends voters what justifies it; what they
lack, f + 1 honest validators hold, and they ask until they have it; Δ grows until that fits into
three of it. All honest validators notarize, none nullified, all finalize. Who missed that is
behind, knows it by any later certificate, and keeps asking.
"""

from collections.abc import Callable, Iterable, Sequence

from cocket.consensus import journal
from cocket.consensus.abstention import Abstention
from cocket.consensus.book import Book
from cocket.consensus.catchup import require_chain
from cocket.consensus.caution import Caution
from cocket.consensus.effects import Effects, Send
from cocket.consensus.fetcher import Fetcher, missing_batches
from cocket.consensus.floor import Floor
from cocket.consensus.hearing import Hearing
from cocket.consensus.messages import Ask, Held, Message, Newest, Proposal, Recall, notarize
from cocket.consensus.pacemaker import Pacemaker
from cocket.consensus.peers import Peers
from cocket.consensus.proposals import Waiting, Wrong, judge, parent_for
from cocket.consensus.status import Status
from cocket.consensus.timing import Now, Timing
from cocket.consensus.view import View
from cocket.ledger.blocks import Block, Certificate, Kind, Subject, Vote
from cocket.ledger.committee import Committee


class Replica:
    """One validator (`me`, an index of the committee) or, with None, an observer that only follows.

    `sign` makes the validator's vote key's signature over some bytes. `floor` is the last block the
    application has durably applied; `records` are the journal's, in any order. Every method that
    takes `now` returns `Effects`, to be carried out before the next call.
    """

    def __init__(
        self,
        committee: Committee,
        me: int | None,
        sign: Callable[[bytes], bytes],
        timing: Timing,
        floor: Floor,
        records: Iterable[journal.Record],
        now: Now,
    ) -> None:
        self._committee = committee
        self._me = me
        self._sign_bytes = sign
        self._timing = timing
        self._now = now
        self._effects = Effects()
        records = list(records)
        self._book = Book(committee, me, floor, records)
        self._abstention = Abstention(committee, me, timing, records)
        self._tree = self._book.tree
        self._pacemaker = Pacemaker(timing, now.monotonic_ms)
        self._peers = Peers(committee, me, self._book.current, timing, now.monotonic_ms)
        self._hearing = Hearing(committee, self._book, self._peers)
        self._waiting: Waiting | None = None
        self._early_ms: int | None = None
        self._wrong = ""
        self._has_batches = self._has_common = False
        self._caution = Caution(committee, timing)
        self._fetcher = Fetcher(committee, me, timing)

    # events

    def start(self, now: Now) -> Effects:
        """After construction, once: repeat what the journal says was said, and go on."""
        self._begin(now)
        for view in self._book.open_views():
            self._hearing.touched |= {(view, kind): None for kind in Kind}
        for vote in self._book.recent_votes(Kind.FINALIZE):
            self._send(None, vote)
        self._say_again(None)
        if self._view.signed:
            self._pacemaker.said(now.monotonic_ms)
        return self._settle()

    def on_message(self, sender: int, message: Message, now: Now) -> Effects:
        """A message that came over the session of validator `sender`. Raises `Fork`."""
        self._begin(now)
        if sender not in self._peers:
            return self._effects
        hearing, effects, now_ms = self._hearing, self._effects, now.monotonic_ms
        match message:
            case Proposal():
                if hearing.proposal(sender, message, now_ms, effects) is not None:
                    self._pacemaker.proposed(now_ms)
                return self._settle()
            case Vote():
                settled = self._pacemaker.has_been_here(now_ms)
                if hearing.vote(sender, message, settled, now_ms, effects):
                    return self._settle()
            case Certificate():
                certificate = hearing.certificate(sender, message, now_ms, effects)
                if certificate is not None:
                    self._learn(certificate)
                    return self._settle()
            case Ask():
                hearing.ask(sender, message, now_ms, effects)
            case Recall() if not self._abstention.covers(self._book.current):
                hearing.recall(sender, message, now_ms, effects)
            case Newest():
                certificate = self._abstention.hear(sender, message, effects)
                if certificate is not None and not self._tree.useless(certificate.subject):
                    self._learn(certificate)
                return self._settle()
            case Held():
                self._caution.heard(sender, message)
                return self._settle()
        return self._finish()

    def on_peer(self, peer: int, now: Now) -> Effects:
        """A session with validator `peer` has opened: tell it where this replica is. Whatever was
        under way before may be lost, and an idle network would never say it again."""
        self._begin(now)
        if peer in self._peers:
            self._peers.reconnected(peer)
            if self._tree.final is not None:
                self._send(peer, self._tree.final)
            self._say_again(peer)
            self._abstention.ask(peer, self._effects)
        return self._settle()

    def on_batch(self, batch_id: bytes, now: Now) -> Effects:
        """A batch is verified and stored durably here. One that is in a block that was handed out
        is ignored; the driver names none that is in a block it already told to be `applied`."""
        self._begin(now)
        if batch_id in self._tree.batches or self._book.is_ordered(batch_id):
            return self._effects
        self._tree.batches[batch_id] = None
        self._caution.stored(batch_id, now.monotonic_ms)
        return self._settle()

    def on_block(self, block: Block, now: Now) -> Effects:
        """A header that was asked for; any other is ignored."""
        self._begin(now)
        if block.id in self._tree.missing_headers():
            self._tree.add_block(block)
        return self._settle()

    def on_finalized(self, blocks: Sequence[Block], certificate: Certificate, now: Now) -> Effects:
        """Catch-up: blocks by ascending height from the floor on, their batches all stored here,
        the last finalized by `certificate`. They come out again in `Effects.finalized`.

        Blocks that were handed out meanwhile are skipped. Raises `Refused` for anything that is not
        such a chain.
        """
        self._begin(now)
        floor = self._tree.floor
        blocks = [block for block in blocks if block.height > floor.height]
        if blocks:
            require_chain(self._committee, floor, blocks, certificate)
            if not self._tree.useless(certificate.subject):
                self._learn(certificate)
            self._effects.finalized += self._book.adopt(blocks, certificate)
        return self._settle()

    def on_tick(self, now: Now) -> Effects:
        """The deadline has come; harmless at any other time."""
        self._begin(now)
        return self._settle()

    def applied(self, floor: Floor) -> None:
        """The application durably has everything up to `floor`, a block that was handed out. Lets
        go of what was kept for a crash before that, so that memory does not grow with the chain.
        Nothing follows from it; the journal's file keeps it all until it is compacted."""
        self._book.applied(floor)

    # what can be read at any time

    @property
    def deadline(self) -> int | None:
        """When `on_tick` is due, in monotonic ms; None when there is nothing to wait for."""
        times = [
            self._give_up_ms(),
            self._pacemaker.repeat_ms,
            self._propose_ms(),
            self._early_ms,
            self._fetcher.deadline_ms,
            self._abstention.deadline_ms,
            self._caution.deadline_ms,
        ]
        return min((time for time in times if time is not None), default=None)

    def block(self, block_id: bytes) -> Block | None:
        """A header above the floor, for peers that ask for it."""
        return self._tree.block(block_id)

    def journal_snapshot(self, applied: Floor) -> list[journal.Record]:
        """What a compacted journal must hold once the application durably has everything up to
        `applied`; no lower than any floor that was told to be `applied`."""
        lost = self._abstention.lost
        return self._book.snapshot(applied) + ([] if lost is None else [lost])

    def status(self) -> Status:
        """Where this replica stands and what it waits for."""
        view, tree, abstention = self._view, self._tree, self._abstention
        accused = {evidence.validator for evidence in self._book.evidence.values()}
        return Status(
            view=view.number,
            leader=self._leader,
            floor_view=tree.floor.view,
            floor_height=tree.floor.height,
            final_view=tree.base,
            notarizes=tuple(sorted(view.votes[Kind.NOTARIZE])),
            nullifies=tuple(sorted(view.votes[Kind.NULLIFY])),
            finalizes=tuple(sorted(view.votes[Kind.FINALIZE])),
            proposal=None if view.proposal is None else view.proposal.id,
            signed=tuple(kind.name.lower() for kind in sorted(view.signed)),
            waiting_for=self._wrong or ("" if self._waiting is None else self._waiting.reason),
            missing_blocks=tuple(tree.missing_headers()),
            missing_batches=tuple(missing_batches(tree, self._open_proposal)),
            behind=tree.behind is not None,
            delta_ms=self._pacemaker.delta_ms,
            armed_ms=self._pacemaker.armed_ms,
            deadline_ms=self.deadline,
            silent=tuple(filter(self._is_silent, self._peers)),
            accused=tuple(sorted(accused)),
            abstains=abstention.covers(view.number),
            votes_from=abstention.votes_from,
            unanswered=tuple(abstention.unanswered),
            answers_lacking=abstention.lacking,
        )

    # a turn

    def _begin(self, now: Now) -> None:
        self._now = now
        self._effects = Effects()

    def _settle(self) -> Effects:
        """Apply the rules until none does anything more; then repeat, and ask for what lacks."""
        while self._apply_a_rule():
            pass
        self._repeat()
        ask = None if self._waiting is None else self._waiting.ask
        asked = self._fetcher.turn(
            self._tree, self._open_proposal, ask, self._leader, self._now.monotonic_ms
        )
        self._effects.add(asked)
        self._effects.add(self._abstention.turn(self._now.monotonic_ms))
        self._caution.turn(self._effects, self._now.monotonic_ms)
        return self._finish()

    def _finish(self) -> Effects:
        if self._me is None:  # an observer has no voice
            self._effects.send.clear()
        return self._effects

    def _apply_a_rule(self) -> bool:
        self._waiting = self._early_ms = None
        self._observe()
        return (
            self._certify()
            or self._hand_out()
            or self._propose()
            or self._notarize()
            or self._nullify()
        )

    def _observe(self) -> None:
        """Rule 5: is there work, or unrest?"""
        tip, view = self._tree.tip(), self._view
        self._has_batches = next(self._tree.fresh_batches(tip), None) is not None
        self._has_common = not self._caution.waits(self._tree, tip, self._now.monotonic_ms)
        work = self._has_batches or view.proposal is not None
        unrest = self._tree.unfinished() or bool(view.votes[Kind.NULLIFY])
        self._pacemaker.observe(work, unrest, self._now.monotonic_ms)

    # rules: each does one thing if it applies now, and says whether it did

    def _certify(self) -> bool:
        """Rule 3: a quorum of votes is a certificate."""
        while self._hearing.touched:
            number, kind = self._hearing.touched.popitem()[0]
            if number <= self._tree.base or self._tree.certificate(number, kind) is not None:
                continue
            subject, votes = self._hearing.proven(
                number, kind, self._committee.quorum, self._effects
            )
            if subject is not None:
                self._learn(self._committee.certificate(subject, votes))
                return True
        return False

    def _learn(self, certificate: Certificate) -> None:
        """Rule 3: a verified certificate that is new here."""
        subject = certificate.subject
        before = self._tree.base
        if subject.view > before:
            self._hearing.witness(certificate, self._effects)
        self._tree.add_certificate(certificate)
        self._effects.persist.append(journal.Learned(certificate))
        enters = subject.view >= self._book.current
        if enters or self._tree.base > before:
            self._send(None, certificate)
        if enters and subject.kind is Kind.NOTARIZE:
            self._sign(Subject(Kind.FINALIZE, subject.epoch, subject.view, subject.block))
        if self._tree.base > before:
            self._book.close_final_views()
            self._pacemaker.finality()
        if enters:
            self._enter(certificate)

    def _enter(self, certificate: Certificate) -> None:
        subject, now_ms = certificate.subject, self._now.monotonic_ms
        if subject.view > self._book.current:
            self._peers.trust_all(subject.view + 1, now_ms)
        elif subject.kind is Kind.NULLIFY and self._view.proposal is not None:
            self._caution.fails(self._tree.batches, True, now_ms)
        self._book.enter(certificate)
        self._pacemaker.enter(now_ms)
        self._wrong = ""

    def _sign(self, subject: Subject) -> bool:
        """The one way to a vote of this replica; False if the view's state does not allow it."""
        if self._me is None or not self._may(subject.kind, subject.view):
            return False
        signature = self._sign_bytes(subject.signed_bytes(self._committee.network))
        vote = Vote(subject, self._me, signature)
        self._book.view(subject.view).remember(vote)
        self._hearing.touched[subject.view, subject.kind] = None
        proposal = self._view.proposal
        if subject.kind is Kind.NOTARIZE and self._leads and proposal is not None:
            self._book.proposals[subject.view] = Proposal(proposal, signature)
            self._effects.persist.append(journal.OwnProposal(proposal, signature))
            self._send(None, self._book.proposals[subject.view])
        else:
            self._effects.persist.append(journal.OwnVote(vote))
            self._send(None, vote)
        return True

    def _hand_out(self) -> bool:
        """Rule 3: final blocks go to the application, ancestors first."""
        final = self._book.hand_out()
        self._effects.finalized += final
        return bool(final)

    def _propose(self) -> bool:
        """Rule 1, as soon as rule 5 allows."""
        due_ms = self._propose_ms()
        if due_ms is None or self._now.monotonic_ms < due_ms:
            return False
        current = self._book.current
        parent = parent_for(self._tree, self._committee.epoch, current)
        if isinstance(parent, Waiting):
            self._waiting = parent
            return False
        block = Block(
            network=self._committee.network,
            epoch=self._committee.epoch,
            view=current,
            height=parent.height + 1,
            parent=parent.block_id,
            time_ms=max(self._now.wall_ms, parent.time_ms + 1),
            batches=self._caution.choose(self._tree, parent.block_id, self._now.monotonic_ms),
        )
        self._view.proposal = block
        self._tree.add_block(block)
        if parent.view < current - 1:
            for proof in self._book.proofs_of(block):
                self._send(None, proof)
        self._pacemaker.proposed(self._now.monotonic_ms)
        self._pacemaker.said(self._now.monotonic_ms)
        return self._sign(notarize(block))

    def _notarize(self) -> bool:
        """Rule 2."""
        block = self._open_proposal
        if block is None:
            return False
        try:
            self._waiting = judge(self._tree, block, self._now, self._timing)
        except Wrong as wrong:
            if not self._wrong:
                self._wrong = str(wrong)
                self._effects.blame.append((self._leader, f"wrong proposal: {wrong}"))
            return False
        if self._waiting is not None:
            if self._waiting.early_ms:
                self._early_ms = self._now.monotonic_ms + self._waiting.early_ms
            return False
        self._effects.persist.append(journal.Header(block))
        return self._sign(notarize(block))

    def _nullify(self) -> bool:
        """Rule 4."""
        due_ms, current = self._give_up_ms(), self._book.current
        if not self._wrong and (due_ms is None or self._now.monotonic_ms < due_ms):
            enough = self._committee.faults_tolerated + 1
            passing = self._leader if self._lately and self._view.proposal is None else None
            if not self._hearing.given_up(current, enough, passing, self._effects):
                return False
        if not self._may(Kind.NULLIFY, current):
            return False
        if self._view.proposal is not None:  # first, for whoever leads once this view is nullified
            self._caution.fails(self._tree.batches, False, self._now.monotonic_ms)
            self._caution.turn(self._effects, self._now.monotonic_ms)
        self._pacemaker.said(self._now.monotonic_ms)
        return self._sign(Subject(Kind.NULLIFY, self._committee.epoch, current, None))

    def _repeat(self) -> None:
        """Rule 4: what was said in this view and did not end it is said again."""
        due_ms = self._pacemaker.repeat_ms
        if due_ms is not None and self._now.monotonic_ms >= due_ms:
            self._say_again(None)
            self._pacemaker.repeated(self._now.monotonic_ms)

    def _say_again(self, to: int | None) -> None:
        for message in self._book.to_repeat():
            self._send(to, message)

    # helpers

    def _may(self, kind: Kind, view: int) -> bool:
        """Whether this replica may sign a vote of this kind in an open view."""
        if self._me is None or self._abstention.covers(view):
            return False
        return self._book.view(view).may(kind)

    @property
    def _view(self) -> View:
        return self._book.view(self._book.current)

    @property
    def _leader(self) -> int:
        return self._committee.leader(self._book.current)

    @property
    def _leads(self) -> bool:
        return self._me == self._leader

    @property
    def _open_proposal(self) -> Block | None:
        """The proposal this replica could still vote on."""
        return self._view.proposal if self._may(Kind.NOTARIZE, self._book.current) else None

    def _propose_ms(self) -> int | None:
        if not self._leads or self._waiting is not None:
            return None
        if not self._may(Kind.NOTARIZE, self._book.current):
            return None
        return self._pacemaker.propose_ms(self._has_batches, self._has_common)

    def _give_up_ms(self) -> int | None:
        if not self._may(Kind.NULLIFY, self._book.current):
            return None
        lost = self._tree.behind is not None if self._leads else self._is_silent(self._leader)
        return self._pacemaker.give_up_ms(self._view.proposal is not None, lost and self._lately)

    @property
    def _lately(self) -> bool:
        """After n views without finality nobody is skipped: see Liveness."""
        return self._pacemaker.views_without_finality <= self._committee.size

    def _is_silent(self, validator: int) -> bool:
        return self._peers.silent(validator, self._book.current, self._now.monotonic_ms)

    def _send(self, to: int | None, message: Message) -> None:
        self._effects.send.append(Send(to, message))
