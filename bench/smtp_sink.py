"""A mail server that takes whatever comes and keeps none of it, so that it is never the limit.

python -m bench.smtp_sink: prints its port, serves until standard input ends, and prints how many
messages came over how many connections. Nothing is checked: not even whether a command is known.
"""

from __future__ import annotations

import asyncio
import sys


class Sink(asyncio.Protocol):
    """One connection; the messages and connections of all are counted together."""

    messages = 0
    connections = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        Sink.connections += 1
        self._line, self._rest, self._in_message = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer each whole command, and each whole message."""
        self._rest += data
        while True:
            end = b"\r\n.\r\n" if self._in_message else b"\r\n"
            head, found, rest = self._rest.partition(end)
            if not found:
                return
            self._rest = rest
            self._answer(head[:4].upper())

    def _answer(self, command: bytes) -> None:
        if self._in_message:
            Sink.messages += 1
            self._in_message = False
            self._line.write(b"250 OK\r\n")
        elif command == b"DATA":
            self._in_message = True
            self._line.write(b"354 go on\r\n")
        elif command == b"QUIT":
            self._line.write(b"221 bye\r\n")
            self._line.close()
        else:
            self._line.write(b"250 OK\r\n")


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(Sink.messages, Sink.connections, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
