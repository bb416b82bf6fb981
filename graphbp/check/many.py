"""Many claims: each in a worker process with a budget, so that what one of them does harms no other."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphbp.check.checker import Checker
from graphbp.check.verdict import Verdict
from graphbp.errors import GraphbpError

if TYPE_CHECKING:
    from graphbp.network import Network

LONGEST = 30.0
"""Seconds after which a worker is given up; what people write takes a few hundredths."""
MEMORY = 3 << 30
"""Bytes that a worker may take beyond what it began with."""


@dataclass(frozen=True, slots=True)
class Task:
    """One claim to be judged, with what a file says of it."""

    text: str
    id: str = ""
    student: str = ""
    points: float | None = None
    follow_through: float = 1.0


def tasks(claims: Iterable[str], files: Iterable[Path] = ()) -> list[Task]:
    """The claims given one by one, then those in files.

    Raises: FileProblem if a file cannot be read.
    """
    found = [Task(text) for text in claims]
    for path in files:
        found += _from_file(Path(path))
    return found


def _from_file(path: Path) -> Iterator[Task]:
    from graphbp.check.files import read_claims

    for item in read_claims(path):
        yield Task(
            item.text,
            item.id or "",
            item.student or "",
            item.points,
            1.0 if item.follow_through is None else item.follow_through,
        )


def check_all(network: Network, work: Sequence[Task], level: int, checker: Checker | None = None) -> list[Verdict]:
    """The verdicts in the order of the claims; several claims are spread over worker processes."""
    if len(work) == 1:
        found = [judged(checker or Checker(network), work[0].text, level)]
    else:
        found = Pool(network, level).run([task.text for task in work])
    return [graded(verdict, task) for verdict, task in zip(found, work, strict=True)]


def judged(checker: Checker, text: str, level: int) -> Verdict:
    """The verdict on one claim; what graphbp itself cannot do leaves it undecided."""
    try:
        return checker.check(text, level)
    except GraphbpError as error:
        return Verdict(text, "undecided", reason=str(error), level=level)
    except (RecursionError, MemoryError, ArithmeticError) as error:
        return Verdict(
            text, "undecided", reason=f"the claim is too large to be judged ({type(error).__name__})", level=level
        )


def graded(verdict: Verdict, task: Task) -> Verdict:
    """The verdict with its points: all if right; of a derivation the share of lines that are right or follow."""
    points = None if task.points is None else _points(verdict, task)
    return replace(verdict, id=task.id, student=task.student, points=points, max_points=task.points)


def _points(verdict: Verdict, task: Task) -> float:
    assert task.points is not None
    if not verdict.lines:
        return 0.0
    shares = [
        1.0 if line.outcome in ("right", "right_if") else task.follow_through if line.follows else 0.0
        for line in verdict.lines
    ]
    return round(task.points * sum(shares) / len(shares), 6)


class Worker:
    """One process that judges claims as they are sent."""

    def __init__(self, network: Network, level: int) -> None:
        context: Any = multiprocessing.get_context(
            "fork" if "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin" else "spawn"
        )
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other, network, level), daemon=True)
        self.process.start()
        other.close()
        self.place: int | None = None

    def send(self, place: int, text: str) -> None:
        """Give the worker a claim."""
        self.place = place
        self.pipe.send(text)

    def stop(self) -> None:
        """End the process, whatever it is at."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(pipe: Connection, network: Network, level: int) -> None:
    """Judge claims until the other side hangs up."""
    _limit_memory()
    checker, parent = Checker(network), os.getppid()
    while True:
        try:
            # The pipe stays open in brother processes: a parent that is gone must be noticed otherwise.
            while not pipe.poll(1.0):
                if os.getppid() != parent:
                    return
            text = pipe.recv()
        except EOFError:
            return
        pipe.send(judged(checker, text, level))


def _limit_memory() -> None:
    """Let a memory bomb fail in the worker alone, where the system can be asked to."""
    try:
        import resource
    except ImportError:
        return
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (OSError, ValueError):
        return


class Pool:
    """Workers that share a list of claims; one that dies or hangs is replaced."""

    def __init__(self, network: Network, level: int) -> None:
        self.network, self.level = network, level

    def run(self, texts: Sequence[str]) -> list[Verdict]:
        """The verdicts in order."""
        found: dict[int, Verdict] = {}
        waiting = list(reversed(range(len(texts))))
        count = max(1, min(os.cpu_count() or 1, len(texts), 8))
        workers = [Worker(self.network, self.level) for _ in range(count)] if texts else []
        try:
            while len(found) < len(texts):
                workers = [self._fed(worker, waiting, texts) for worker in workers]
                self._collect(workers, texts, found)
        finally:
            for worker in workers:
                worker.stop()
        return [found[place] for place in range(len(texts))]

    def _fed(self, worker: Worker, waiting: list[int], texts: Sequence[str]) -> Worker:
        """A worker that is busy if there is work; a dead one is replaced."""
        if worker.place is not None or not waiting:
            return worker
        place = waiting.pop()
        try:
            worker.send(place, texts[place])
        except OSError:
            worker.stop()
            worker = Worker(self.network, self.level)
            worker.send(place, texts[place])
        return worker

    def _collect(self, workers: list[Worker], texts: Sequence[str], found: dict[int, Verdict]) -> None:
        """Take what is ready; what takes too long or dies leaves its claim undecided."""
        busy = [worker for worker in workers if worker.place is not None]
        ready = wait([worker.pipe for worker in busy], timeout=LONGEST)
        for worker in busy if not ready else [worker for worker in busy if worker.pipe in ready]:
            assert worker.place is not None
            place = worker.place
            try:
                found[place] = worker.pipe.recv() if ready else self._lost(texts[place], "took too long")
            except (EOFError, OSError):
                found[place] = self._lost(texts[place], "ended its process")
            if not ready or not worker.process.is_alive():
                worker.stop()
                fresh = Worker(self.network, self.level)
                worker.pipe, worker.process = fresh.pipe, fresh.process
            worker.place = None

    def _lost(self, text: str, why: str) -> Verdict:
        return Verdict(text, "undecided", reason=f"judging the claim {why}", level=self.level)
