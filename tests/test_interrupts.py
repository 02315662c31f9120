"""A signal between the start of something and the `try` that ends it."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from lapel import interrupts


def test_a_signal_waits_until_it_is_let_through() -> None:
    seen = []
    with interrupts.handled(), pytest.raises(interrupts.Ended) as caught, interrupts.held() as hold:
        os.kill(os.getpid(), signal.SIGTERM)
        seen.append("started")
        try:
            hold.release()
        finally:
            seen.append("ended")
    assert seen == ["started", "ended"] and caught.value.exit_code == 143 and str(caught.value) == "terminated"


def test_holds_within_holds() -> None:
    with interrupts.handled(), pytest.raises(interrupts.Ended), interrupts.held():
        os.kill(os.getpid(), signal.SIGHUP)
        with interrupts.held() as inner:
            inner.release()
        with interrupts.held():
            pass


def test_only_the_first_one_counts() -> None:
    with interrupts.handled():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except interrupts.Ended as e:
            os.kill(os.getpid(), signal.SIGINT)
            assert e.exit_code == 143
        else:
            pytest.fail("no signal came")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_threads_leave_signals_to_the_main_one() -> None:
    found = []

    def run() -> None:
        with interrupts.handled(), interrupts.held() as hold:
            found.append(signal.getsignal(signal.SIGTERM))
            hold.release()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [signal.SIG_DFL] and interrupts._State.holds == 0
