"""A function in a process of its own, which may abort: TensorFlow Lite Micro does so on what it does not like."""

from __future__ import annotations

import faulthandler
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any

FORK = multiprocessing.get_context("fork")
"""What the process needs is there already, as it was here."""


def map_isolated(function: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Any]:
    """function(item) for each item, in order; None where it raised or ended the process."""
    done = 0
    while done < len(items):
        receiver, sender = FORK.Pipe(duplex=False)
        worker = FORK.Process(target=_work, args=(sender, function, items[done:]))
        worker.start()
        sender.close()
        try:
            while done < len(items):
                result = receiver.recv()
                done += 1
                yield result
        except EOFError:  # it died on this item
            done += 1
            yield None
        finally:
            worker.join()


def _work(sender: Connection, function: Callable[[Any], Any], items: Sequence[Any]) -> None:
    faulthandler.disable()  # that it ends is nothing to report
    for item in items:
        try:
            result = function(item)
        except Exception:
            result = None
        sender.send(result)
    sender.close()
