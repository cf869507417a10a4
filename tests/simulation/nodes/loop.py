"""An event loop whose time is what the seed makes of it: it jumps to the next timer, at once.

Everything that happens inside a simulated process carries the process's `Life` in its context. A
life can end between any two callbacks, that is, between any two awaits: what it still wanted to do
never happens. It can also be held for a while, as a process that the system does not run.
"""

import asyncio
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")
ROUNDS = 5
TASKS_SWEEP = 500
EPOCH_S = 1_000.0
"""What the clock that never goes back shows when a simulation begins."""


class Life:
    """One run of one process, from its start to its end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.steps = 0
        self.dies_at: int | None = None
        self.on_death: Callable[[], None] = lambda: None
        self.before_job: Callable[[Job], None] = lambda job: None
        """May raise what the call is to end with."""
        self.on_job: Callable[[Job], None] = lambda job: None
        """Told of a call that a thread is about to make."""
        self.jobs: list[Job] = []
        """What its threads were given and have not done."""
        self.tasks: list[asyncio.Task[Any]] = []
        self._held: list[events.Handle] | None = None
        self._void: deque[events.Handle] = deque()
        self._drained = False
        self.context = copy_context()
        self.context.run(LIFE.set, self)

    def may_run(self, handle: events.Handle) -> bool:
        """Whether a callback of this life may run now; one that is held runs later."""
        if self.dead:
            return False
        if self._held is not None:
            self._held.append(handle)
            return False
        self.steps += 1
        if self.steps == self.dies_at:
            self.on_death()
        if self.dead:
            self.into_void(handle)
        return not self.dead

    def end(self, loop: "Loop") -> None:
        """The process is no more: nothing that was to come will. Its tasks are cancelled before
        anything else happens, without effect, so that Python need not unwind them later, whenever
        it pleases."""
        self.dead = True
        self._void.extend(handle for handle in loop.of(self))
        self._void.extend(self._held or ())
        loop.call_soon(self._drain, loop, context=loop.outside)

    def into_void(self, handle: events.Handle) -> None:
        """What a process that has ended still wants done."""
        if not self._drained:
            self._void.append(handle)

    def _drain(self, loop: "Loop") -> None:
        loop.draining = True
        for _ in range(ROUNDS):
            for task in self.tasks:
                task.cancel()
            while self._void:
                handle = self._void.popleft()
                if not handle.cancelled():
                    events.Handle._run(handle)  # type: ignore[attr-defined]
        for task in self.tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            if task.done():
                task._log_traceback = False  # type: ignore[attr-defined]
        self._drained = True
        self.tasks.clear()
        loop.draining = False

    def hold(self) -> None:
        """The process is not run from now on."""
        if self._held is None:
            self._held = []

    @property
    def held(self) -> bool:
        """Whether the process is held."""
        return self._held is not None

    def go_on(self, loop: "Loop") -> None:
        """Run what waited meanwhile, in order."""
        held, self._held = self._held or [], None
        loop.again(held)


def alive() -> bool:
    """Whether what happens now is done by a process that runs, or by nobody's."""
    life = LIFE.get()
    return life is None or not life.dead


LIFE: ContextVar[Life | None] = ContextVar("LIFE", default=None)


class Job:
    """A call that a thread is to make."""

    def __init__(self, call: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.call = call
        self.args = args


class _Handle(events.Handle):
    """A callback that runs only while its life lasts."""

    __slots__ = ("_life",)

    def __init__(self, callback: Any, args: Any, loop: Any, context: Context | None = None) -> None:
        super().__init__(callback, args, loop, context)
        self._life: Life | None = self._context.get(LIFE)  # type: ignore[attr-defined]

    def _run(self) -> None:
        if self._life is None or self._life.may_run(self):
            super()._run()  # type: ignore[misc]


class _Timer(events.TimerHandle):
    """A timer that rings only while its life lasts."""

    __slots__ = ("_life",)

    def __init__(self, when: float, callback: Any, args: Any, loop: Any, context: Any) -> None:
        super().__init__(when, callback, args, loop, context)
        self._life: Life | None = self._context.get(LIFE)  # type: ignore[attr-defined]

    def _run(self) -> None:
        if self._life is None or self._life.may_run(self):
            super()._run()  # type: ignore[misc]


def _make_task(
    loop: asyncio.AbstractEventLoop, coro: Any, context: Context | None = None
) -> asyncio.Task[Any]:
    """A task that its life remembers."""
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, context=context)
    life = LIFE.get() if context is None else context.get(LIFE)
    if life is not None:
        life.tasks.append(task)
        if len(life.tasks) % TASKS_SWEEP == 0:
            life.tasks = [each for each in life.tasks if not each.done()]
    return task


class Loop(asyncio.BaseEventLoop):
    """See the module. `random` decides how long the work of threads takes."""

    _ready: deque[events.Handle]

    def __init__(self, random: Random) -> None:
        super().__init__()
        self.random = random
        self._now = EPOCH_S
        self._timers: list[tuple[float, int, _Timer]] = []
        self._numbers = count()
        self._free_at: dict[object, float] = {}
        self.outside = copy_context()
        self.draining = False
        """Whether what happens now happens to a process that has ended, and so not at all."""
        self.set_task_factory(_make_task)

    # time

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        """Nothing ever comes from outside: if nothing is ready, let the time pass until the next
        timer rings; then call what is ready by now, and not what that makes ready."""
        timers, ready = self._timers, self._ready
        while timers and timers[0][2].cancelled():
            heappop(timers)
        if not ready and not self._stopping:  # type: ignore[attr-defined]
            assert timers, "a simulation that waits for nothing would wait for ever"
            self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            ready.append(heappop(timers)[2])
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()  # type: ignore[attr-defined]

    def _timer_handle_cancelled(self, handle: events.TimerHandle) -> None:
        """It is passed over when its time comes."""

    def _write_to_self(self) -> None:
        """Nobody has to be woken: there are no threads."""

    # callbacks

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> events.Handle:
        handle = _Handle(callback, args, self, context)
        if handle._life is not None and handle._life.dead:
            handle._life.into_void(handle)
        else:
            self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_at(
        self, when: float, callback: Any, *args: Any, context: Context | None = None
    ) -> events.TimerHandle:
        timer = _Timer(when, callback, args, self, context)
        if timer._life is not None and timer._life.dead:
            timer._life.into_void(timer)
            return timer
        heappush(self._timers, (when, next(self._numbers), timer))
        return timer

    def call_later(
        self, delay: float, callback: Any, *args: Any, context: Context | None = None
    ) -> events.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def of(self, life: Life) -> list[events.Handle]:
        """The callbacks of a life that are due."""
        ours = (each for each in self._ready if isinstance(each, _Handle | _Timer))
        return [each for each in ours if each._life is life]

    def again(self, handles: list[events.Handle]) -> None:
        """Run callbacks that were held."""
        self._ready.extend(handle for handle in handles if not handle.cancelled())

    # threads

    def run_in_executor(  # type: ignore[override]
        self, executor: object, call: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Make the call after a while, one after the other for each executor; answer a bit later.
        A process that ends in between has made it or not, and never hears of it."""
        future: asyncio.Future[T] = self.create_future()
        job, life = Job(call, args), LIFE.get()
        if life is not None and life.dead:
            return future
        begin = max(self._now, self._free_at.get(executor, 0.0)) + self.work_s()
        if executor is not None:
            self._free_at[executor] = begin
        if life is not None:
            life.jobs.append(job)
            life.on_job(job)

        def work() -> None:
            try:
                if life is not None:
                    life.jobs.remove(job)
                    life.before_job(job)
                settle, result = future.set_result, call(*args)
            except Exception as error:
                settle, result = future.set_exception, error  # type: ignore[assignment]
            self.call_later(self.work_s(), lambda: None if future.done() else settle(result))

        self.call_at(begin, work)
        return future

    def work_s(self) -> float:
        """How long a thread or a disk takes: mostly little, now and then long."""
        usual = self.random.uniform(0.0001, 0.004)
        return usual * 30 if self.random.random() < 0.01 else usual

    # the whole

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run `main` to its end."""
        return self.run_until_complete(main)
