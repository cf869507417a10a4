"""Runs on several processes at a time."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def spread(todo: Iterable[Task], play: Callable[[Task], Result], jobs: int) -> Iterator[Result]:
    """Results as they come. Nothing is taken from `todo` before it can begin, so that it may end
    by the clock."""
    tasks = iter(todo)
    if jobs == 1:
        yield from map(play, tasks)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        running = {pool.submit(play, task) for task in islice(tasks, jobs)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {pool.submit(play, task) for task in islice(tasks, len(done))}
            yield from (each.result() for each in done)
