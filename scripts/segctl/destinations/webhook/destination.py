"""A receiver of the user's own, told everything by HTTP POST. This is its contract.

Each request is a POST to `url` with a JSON body and these headers:

    Content-Type: application/json
    Segctl-Timestamp: 1774951200                 seconds since 1970, of this very attempt
    Segctl-Signature: v1=9f86d081884c7d65...     hexadecimal HMAC-SHA256 under `secret` of the
                                                 timestamp, a full stop and the body as it arrived
    and those named under `headers`

A receiver computes the signature anew, compares both in constant time, and refuses with 401 what
differs or whose timestamp is more than five minutes off.

The body:

    {"id": "5e0c...", "operation": "add", "list": {"id": "vip"}, "records": [{"key": "C1", ...}]}

`key` is the person, as the warehouse calls them. `list` is null where no list is meant. Attributes
have JSON's own types; a missing one is null, days are "2026-03-31", instants
"2026-03-31T10:00:00.000000Z", without the Z if the warehouse knows no time zone.

    operation      list        records hold                         meaning
    connect        null        nothing                              are address and secret right?
    create_list    id, title   nothing                              have this list, by this title
    drop_list      id          nothing                              the list is not kept up any more
    upsert         null        key, email, attributes {name: value} the person's present attributes
    withdraw       null        key                                  attributes not kept up any more
    add            id          key, email, entered_on               is in the list
    update         id          key, email, entered_on               is in the list, details changed
    remove         id          key                                  is not in the list: segment left
    revoke         id          key                                  is not in the list: consent gone
    event          null        key, customer_key, email, segment,   entered or left a segment;
                               change (entered or exited),          `key` is unique for the event
                               changed_on
    erase          null        key (may be null), email             delete everything of the person

All but `event` say how things are, not what to do: hearing one twice must change nothing. Events
are to be remembered by `key`, so that a repeated one has no effect. A request whose answer got lost
is repeated with the same `id`; but equal content has an equal id on another day too (somebody
leaves and comes back), so ids are good for logs and not for dropping requests. People are taken out
before others are put in; apart from that, requests may overlap.

The answer: any 2xx accepts all records. Its body may be empty, "ok" or the like, or JSON:

    {"rejected": [{"key": "C1", "reason": "no such country"}], "suppressed": [{"key": "C2"}]}

Rejected records are dead letters until they change; suppressed people said no at the receiver. To
`connect` it may answer {"account": "..."}, a name by which a move to another address is known to be
the same receiver; to `erase` {"status": "erased", "requested" or "absent", "receipt": "..."}. A
body that begins with "<" is taken for the page of something in between, and one that begins like
JSON and is none for half an answer: then the request is repeated.

    400, 413, 422    the request is refused for a record in it, which is then looked for; the reason
                     may be told as {"reason": "..."}
    401, 403         the signature or another header is not accepted: the run stops
    404, 410         address or list is gone: the run stops, as it does for any other 4xx
    429              later: after the seconds of Retry-After, if it has that header
    503 with it      the same
    5xx, no answer   the request is repeated
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable, Collection, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import httpx
from pydantic import Field

from segctl.destinations.http import Api, Refused, make_client, to_json
from segctl.destinations.settings import SecretReference, Settings
from segctl.destinations.webhook.body import body_of, envelope
from segctl.errors import DestinationError
from segctl.protocol import (
    Batch,
    BatchRejected,
    Capabilities,
    Erased,
    Kind,
    ListSpec,
    Member,
    Outcome,
)

BATCH_SIZE = 500
CONCURRENCY = 4
_FOR_A_RECORD = (400, 413, 422)


class WebhookSettings(Settings):
    """A receiver of the user's own."""

    tells_events: ClassVar[bool] = True
    reads_back: ClassVar[bool] = False

    type: Literal["webhook"] = "webhook"
    url: str = Field(pattern=r"^https?://[^/\s]+")
    secret: SecretReference
    """Signs every request."""
    headers: dict[str, SecretReference] = Field(default_factory=dict)
    """More headers, such as a gateway's key."""


class Signature(httpx.Auth):
    """Signs each attempt when it leaves, so that a request that had to wait is not too old."""

    requires_request_body = True

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add timestamp and signature."""
        timestamp = str(int(time.time()))
        request.headers["Segctl-Timestamp"] = timestamp
        request.headers["Segctl-Signature"] = sign(self._secret, timestamp, request.content)
        yield request


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """The signature of a request."""
    digest = hmac.new(secret, timestamp.encode() + b".", hashlib.sha256)
    digest.update(body)
    return f"v1={digest.hexdigest()}"


class Webhook:
    """One receiver."""

    def __init__(
        self,
        name: str,
        settings: WebhookSettings,
        secret: Callable[[str], str],
        used_today: int = 0,
    ) -> None:
        self.name = name
        self.identity = f"webhook:{name}"
        self._settings = settings
        self._secret = secret
        self._opened: Api | None = None
        self.limiter = settings.make_limiter(
            "The receiver", {}, used_today, concurrency=CONCURRENCY
        )

    @property
    def capabilities(self) -> Capabilities:
        """Its ways and limits."""
        limits = self._settings.limits
        return Capabilities(
            batch_size=limits.batch_size or BATCH_SIZE,
            requests_per_second=limits.requests_per_second,
            concurrency=limits.concurrency or CONCURRENCY,
            takes_events=True,
            renames="lists",
            reads_back=False,
        )

    @property
    def _api(self) -> Api:
        """Made when first used, so that its connections belong to the event loop that runs."""
        if self._opened is None:
            secret = self._secret(self._settings.secret)
            headers = {name: self._secret(ref) for name, ref in self._settings.headers.items()}
            # Whoever knows the address of a receiver may be able to use it.
            address = urlsplit(self._settings.url)
            hidden = [part for part in (address.query, address.path) if len(part) > 1]
            self._opened = Api(
                "The receiver",
                make_client("", headers, auth=Signature(secret)),
                self.limiter,
                secrets=(secret, *headers.values(), *hidden),
                reason_of=_reason,
                is_throttling=_is_throttling,
                plain_answers=True,
            )
        return self._opened

    async def _post(self, body: bytes) -> Mapping[str, Any]:
        """What the receiver has to say, which may be nothing."""
        try:
            answer = await self._api.request("POST", self._settings.url, body=body)
        except Refused as refused:
            if refused.status in _FOR_A_RECORD:
                raise BatchRejected(str(refused)) from None
            raise DestinationError(
                f"The receiver refused a request: {refused}.",
                "Is its address in sync.yml right, and does it still have the list?",
            ) from None
        return answer.data if isinstance(answer.data, Mapping) else {}

    async def connect(self) -> str:
        """Check address and key; returns the receiver's own name or one made of its address."""
        try:
            answer = await self._post(envelope("connect", None, b"[]"))
        except BatchRejected as rejected:
            raise DestinationError(
                f"The receiver refused the operation connect: {rejected}.",
                "It has to answer 2xx to operations that concern nobody.",
            ) from None
        address = self._settings.url.partition("?")[0]
        return str(answer.get("account") or hashlib.sha256(address.encode()).hexdigest()[:16])

    async def find_lists(self, lists: Sequence[ListSpec]) -> Mapping[str, str]:
        """The lists that were created: a receiver cannot be asked for more."""
        return {spec.audience: spec.remote_id for spec in lists if spec.remote_id is not None}

    async def members(self, list_id: str) -> AsyncIterator[list[Member]]:
        """Not to be known."""
        raise DestinationError(
            "A webhook cannot be asked who is in a list.", "Look it up at the receiver itself."
        )
        yield []

    async def suppressed(self) -> AsyncIterator[list[Member]]:
        """Not to be known ahead: a receiver says so when it is told of the person."""
        no_pages: tuple[list[Member], ...] = ()
        for page in no_pages:
            yield page

    async def records(self, remote_ids: Collection[str]) -> None:
        """Not to be known."""

    async def prepare(self, attributes: Mapping[str, str], work_dir: Path) -> None:
        """A receiver takes whatever attributes come."""

    async def send(self, batch: Batch) -> Outcome:
        """Tell one batch."""
        answer = await self._post(body_of(batch))
        if batch.kind is Kind.CREATE_LIST:
            return Outcome(remote_ids={"": batch.audience})
        keys = batch.keys() if answer or batch.kind is Kind.UPSERT else []
        dead = self._named(answer, "rejected", keys)
        suppressed = self._named(answer, "suppressed", keys)
        remote_ids = {}
        if batch.kind is Kind.UPSERT:
            remote_ids = {key: key for key in keys if key not in dead and key not in suppressed}
        return Outcome(dead=dead, suppressed=suppressed, remote_ids=remote_ids)

    def _named(self, answer: Mapping[str, Any], what: str, keys: Collection[str]) -> dict[str, str]:
        """Records that the answer singles out, with its reasons."""
        if not answer.get(what):
            return {}
        ours = set(keys)
        return {
            item["key"]: self._api.scrub(str(item.get("reason") or "")) or what
            for item in answer[what]
            if isinstance(item, Mapping) and item.get("key") in ours
        }

    async def settle(self, job: str) -> Outcome | None:
        """A receiver answers at once."""
        raise LookupError(job)

    async def erase(self, email: str, remote_id: str | None) -> Erased:
        """Ask the receiver to delete everything of the person."""
        record = to_json([{"key": remote_id, "email": email}])
        try:
            answer = await self._post(envelope("erase", None, record))
        except BatchRejected as rejected:
            raise DestinationError(f"The receiver did not erase a person: {rejected}.") from None
        said = answer.get("status")
        receipt = self._api.scrub(str(answer.get("receipt") or ""))
        if said == "erased":
            return Erased("erased", receipt)
        return Erased("absent" if said == "absent" else "requested", receipt)

    async def held(self, email: str, remote_id: str | None) -> Mapping[str, object]:
        """Not to be known: the receiver has to be asked by other means."""
        return {}

    async def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        if self._opened is not None:
            opened, self._opened = self._opened, None
            await opened.close()


def _is_throttling(response: httpx.Response) -> bool:
    asks_to_wait = response.status_code == 503 and "retry-after" in response.headers
    return response.status_code == 429 or asks_to_wait


def _reason(data: Any) -> str:
    """A receiver's words for a refusal."""
    found = data if isinstance(data, Mapping) else {}
    return str(found.get("reason") or found.get("message") or found.get("error") or "")
