"""As much of GDB's remote protocol as a test needs: a breakpoint, on with it, and memory."""

from __future__ import annotations

import socket
import time


class Client:
    """A connection to an emulator that waits for GDB. Use it with `with`."""

    def __init__(self, port: int, timeout_s: float = 60.0) -> None:
        end = time.monotonic() + timeout_s
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
                break
            except ConnectionRefusedError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        self._seen = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def ask(self, request: str, answered: bool = True) -> str:
        """Send a packet; what is answered."""
        self._send(request)
        return self._packet() if answered else ""

    def run_to(self, address: int) -> None:
        """Set a breakpoint there, and go on until it is hit. A bare `O` packet is output, no stop."""
        assert self.ask(f"Z0,{address:x},2") == "OK"
        self._send("c")
        while not (said := self._packet()).startswith(("T", "S")):
            assert said.startswith("O"), said

    def memory(self, address: int, count: int) -> bytes:
        """Bytes from an address on."""
        return b"".join(
            bytes.fromhex(self.ask(f"m{address + at:x},{min(64, count - at):x}")) for at in range(0, count, 64)
        )

    def _send(self, request: str) -> None:
        self._socket.sendall(f"${request}#{sum(request.encode()) & 0xFF:02x}".encode())

    def _packet(self) -> str:
        while True:
            begin, end = self._seen.find(b"$"), self._seen.find(b"#")
            if 0 <= begin < end and len(self._seen) >= end + 3:
                said, self._seen = self._seen[begin + 1 : end].decode(), self._seen[end + 3 :]
                self._socket.sendall(b"+")
                return said
            more = self._socket.recv(4096)
            assert more, "the emulator is gone"
            self._seen += more
