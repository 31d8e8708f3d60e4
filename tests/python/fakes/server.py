"""What all fakes share: HTTP over loopback, faults to order, limits, a record of requests.

A fake subclasses `FakeTool`, marks its handlers with `@route`, and keeps its state in plain
attributes. Handlers run one at a time, so they need no locks. The server lives in a thread of the
process that starts it: a client may be killed, the tool remembers.
"""

from __future__ import annotations

import json
import random
import re
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """One request as it arrived. Header names are lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed; raises ValueError like the parser."""
        return json.loads(self.body) if self.body else None

    def arg(self, name: str, default: str = "") -> str:
        """A query parameter's first value."""
        return self.query.get(name, [default])[0]


@dataclass(frozen=True)
class Answer:
    """What the tool answers. `body` is sent as JSON unless it is bytes or None."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass
class Faults:
    """What goes wrong, by chance (rates from 0 to 1) or to order (`script`, one per request).

    Names in `script`: 'ok', '500', '503', '429' (with Retry-After), '429-bare', 'refuse'
    (connection closed before anything is done), 'lost' (done, but the answer never arrives), 'half'
    (done, half of the answer arrives), 'html' (done, answered with a page instead of JSON), 'slow'
    (done, answered after `slow_seconds`).
    """

    error_rate: float = 0.0
    lost_rate: float = 0.0
    throttle_rate: float = 0.0
    half_rate: float = 0.0
    html_rate: float = 0.0
    refuse_rate: float = 0.0
    retry_after: float = 0.01
    slow_seconds: float = 0.5
    latency: float = 0.0
    script: deque[str] = field(default_factory=deque)
    instead: Callable[[Request], Answer | None] | None = None
    """What something in between answers in the tool's place; nothing is done then."""
    delay: Callable[[Request], float] | None = None
    """Seconds after which a request is looked at at all; others overtake it meanwhile."""
    dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311

    def next(self) -> str:
        """Which fault the next request meets."""
        if self.script:
            return self.script.popleft()
        draw = self.dice.random()
        for name, rate in (
            ("500", self.error_rate),
            ("lost", self.lost_rate),
            ("429", self.throttle_rate),
            ("half", self.half_rate),
            ("html", self.html_rate),
            ("refuse", self.refuse_rate),
        ):
            if draw < rate:
                return name
            draw -= rate
        return "ok"


class Window:
    """A tool's limit: at most `requests` within any `seconds`."""

    def __init__(self, requests: int, seconds: float) -> None:
        self.requests, self.seconds = requests, seconds
        self._seen: deque[float] = deque()

    def wait(self) -> float:
        """0 when the request is within the limit, else how long until it would be."""
        now = time.monotonic()
        while self._seen and self._seen[0] <= now - self.seconds:
            self._seen.popleft()
        if len(self._seen) >= self.requests:
            return self._seen[0] + self.seconds - now
        self._seen.append(now)
        return 0.0


Handler = Callable[..., Answer]


def route(method: str, template: str, limit: str = "") -> Callable[[Handler], Handler]:
    """Mark a method as the handler of requests to a path such as '/api/lists/{list_id}'.

    It is called with the request and the path's parameters by name. `limit` names the tool's limit
    (a key of `FakeTool.windows`) that these requests count towards.
    """

    def mark(handler: Handler) -> Handler:
        handler.routes = [*getattr(handler, "routes", []), (method, template, limit)]  # type: ignore[attr-defined]
        return handler

    return mark


class FakeTool:
    """A tool with state, served over HTTP. Use as a context manager, or start() and stop()."""

    def __init__(self, *, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.windows: dict[str, list[Window]] = {}
        """Limit -> its windows; empty: not enforced, so that tests need not wait."""
        self.check: Callable[[Request], Iterable[str]] | None = None
        """Checks a request against the vendor's API description; returns problems."""
        self.requests: list[tuple[str, str, int]] = []
        """(method, path, status) of every request."""
        self.violations: list[str] = []
        """What no correct client asks: unknown paths, malformed bodies, lacking headers."""
        self.throttled = 0
        self.lock = threading.RLock()
        self._routes = self._collect_routes()
        self._server: _Server | None = None

    # What subclasses override

    def authorise(self, request: Request) -> Answer | None:
        """An error if the request may not be made, None if it may."""
        return None

    def throttle(self, request: Request, seconds: float | None) -> Answer:
        """How this tool says that there were too many requests; None: it does not say how long."""
        headers = {} if seconds is None else {"Retry-After": f"{seconds:.3f}"}
        return Answer(429, {"error": "too many requests"}, headers)

    def unknown(self, request: Request) -> Answer:
        """How this tool answers for a path that it does not have."""
        return Answer(404, {"error": "not found"})

    # Serving

    @property
    def url(self) -> str:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("not started")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Listen on a free port."""
        self._server = _Server(("127.0.0.1", 0), _HttpHandler)
        self._server.tool = self
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def wait_until_left(self) -> None:
        """Until all connections of the clients so far are closed, and their requests dealt with."""
        if self._server is None:
            return
        # Connections are taken in turn: once this one is answered, each one before has its thread.
        with socket.create_connection(self._server.server_address[:2]) as knock:
            knock.sendall(b"nonsense\r\n\r\n")
            knock.recv(1)
        for thread in self._server.connections:
            thread.join(timeout=10)

    def __enter__(self):  # type: ignore[no-untyped-def]
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def counted(self) -> Counter[str]:
        """Requests by 'METHOD status'."""
        return Counter(f"{method} {status}" for method, _, status in self.requests)

    def writes(self) -> list[tuple[str, str, int]]:
        """Requests that were not mere reading."""
        return [request for request in self.requests if request[0] != "GET"]

    def answer(self, request: Request) -> Answer:
        """Authorise, check, count towards limits, and hand to the handler."""
        with self.lock:
            answer = self._answer(request)
            self.requests.append((request.method, request.path, answer.status))
            return answer

    def refused(self, request: Request, status: int) -> None:
        """Note down a request that a fault answered."""
        with self.lock:
            self.requests.append((request.method, request.path, status))

    def violation(self, request: Request, what: str) -> None:
        """Note down what no correct client does."""
        self.violations.append(f"{request.method} {request.path}: {what}")

    def changes(self, request: Request) -> bool:
        """Whether a request would change anything."""
        return request.method != "GET"

    def _answer(self, request: Request) -> Answer:
        denied = self.authorise(request)
        if denied:
            return denied
        handler, parameters, limit = self._find(request)
        if handler is None:
            self.violation(request, "no such endpoint")
            return self.unknown(request)
        for window in self.windows.get(limit, []):
            wait = window.wait()
            if wait > 0:
                self.throttled += 1
                return self.throttle(request, wait)
        problems = list(self.check(request)) if self.check else []
        if problems:
            self.violations += [f"{request.method} {request.path}: {text}" for text in problems]
            return Answer(400, {"errors": problems})
        return handler(request, **parameters)

    def _find(self, request: Request) -> tuple[Handler | None, dict[str, str], str]:
        for method, pattern, limit, handler in self._routes:
            found = pattern.fullmatch(request.path) if method == request.method else None
            if found:
                return handler, found.groupdict(), limit
        return None, {}, ""

    def _collect_routes(self) -> list[tuple[str, re.Pattern[str], str, Handler]]:
        found = []
        for name in dir(type(self)):
            if name.startswith("__"):
                continue
            for method, template, limit in getattr(getattr(type(self), name), "routes", []):
                pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
                found.append((template.count("{"), method, re.compile(pattern), limit, name))
        # Paths without parameters first: /lists/all is not the list called "all".
        found.sort(key=lambda item: item[0])
        return [(m, p, limit, getattr(self, name)) for _, m, p, limit, name in found]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    tool: FakeTool
    connections: tuple[threading.Thread, ...] = ()
    """One for each connection that is open, and perhaps some that have just been closed."""

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own; this server's can be told from others'."""
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        thread.start()
        self.connections = (*(one for one in self.connections if one.is_alive()), thread)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that die in the middle of a request are part of the game."""


class _HttpHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        tool = self.server.tool
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            return  # the client died while sending
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(
            self.command,
            unquote(url.path),
            parse_qs(url.query, keep_blank_values=True),
            headers,
            body,
        )
        fault = tool.faults.next()
        if tool.faults.latency:
            time.sleep(tool.faults.latency)
        if tool.faults.delay:
            time.sleep(tool.faults.delay(request))
        instead = tool.faults.instead(request) if tool.faults.instead else None
        if instead is not None:
            tool.refused(request, instead.status)
            self._send(instead)
        elif fault == "refuse":
            self._hang_up()
        elif fault in ("500", "503"):
            tool.refused(request, int(fault))
            self._send(Answer(int(fault), b"<h1>Server Error</h1>", content_type="text/html"))
        elif fault in ("429", "429-bare"):
            tool.refused(request, 429)
            seconds = tool.faults.retry_after if fault == "429" else None
            self._send(tool.throttle(request, seconds))
        else:
            answer = tool.answer(request)
            if fault == "lost":
                self._hang_up()
            elif fault == "html" and answer.status < 300:
                self._send(Answer(200, b"<html>maintenance</html>", content_type="text/html"))
            else:
                if fault == "slow":
                    time.sleep(tool.faults.slow_seconds)
                self._send(answer, half=fault == "half")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _send(self, answer: Answer, *, half: bool = False) -> None:
        if answer.body is None:
            body = b""
        elif isinstance(answer.body, bytes):
            body = answer.body
        else:
            body = json.dumps(answer.body).encode()
        lines = [f"HTTP/1.1 {answer.status} X"]
        if body:
            lines.append(f"Content-Type: {answer.content_type}")
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if answer.status != 204:
            lines.append(f"Content-Length: {len(body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        if half and body:
            self.wfile.write(head + body[: len(body) // 2])
            self._hang_up()
        else:
            self.wfile.write(head + body)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""
