"""A receiver that does next to nothing, in a process of its own: what is measured is the sender."""

from __future__ import annotations

import asyncio
import json
import sys

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
_LATER = b"HTTP/1.1 429 Later\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


class Sink:
    """Parses every body, as any receiver has to, counts, and answers after `latency` seconds.

    With a limit, more than so many requests within any second are turned away.
    """

    def __init__(self, latency: float, limit: int) -> None:
        self.latency, self.limit = latency, limit
        self.requests = self.records = self.turned_away = 0
        self._recent: list[float] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                if self.latency:
                    await asyncio.sleep(self.latency)
                writer.write(self._answer(head, body))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, head: bytes, body: dict[str, object]) -> bytes:
        if head.startswith(b"POST /counts"):
            counts = json.dumps([self.requests, self.records, self.turned_away]).encode()
            self.requests = self.records = self.turned_away = 0
            return (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (
                    len(counts),
                    counts,
                )
            )
        if self.limit and not self._is_within_limit():
            self.turned_away += 1
            return _LATER
        self.requests += 1
        self.records += len(body["records"])  # type: ignore[arg-type]
        return _OK

    def _is_within_limit(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._recent = [moment for moment in self._recent if moment > now - 1]
        if len(self._recent) >= self.limit:
            return False
        self._recent.append(now)
        return True


async def main(latency: float, limit: int) -> None:
    """Listen on a free port and tell which."""
    sink = Sink(latency, limit)
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0, limit=2**24)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), int(sys.argv[2])))
