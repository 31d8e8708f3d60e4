"""The webhook, against a receiver that keeps its side of the contract."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import batches
import pytest
from fakes.server import Answer, Request
from fakes.webhook import FakeWebhook
from pydantic import ValidationError

from segctl.destinations.webhook.destination import Webhook, WebhookSettings, sign
from segctl.errors import DestinationError, SegctlError, SyncInterrupted
from segctl.protocol import PROFILES, Batch, BatchRejected, Kind, ListSpec, Outcome

KEYS: dict[str, str | None] = {"ada": "ada", "bob": "bob"}


@pytest.fixture
def fake() -> Iterator[FakeWebhook]:
    with FakeWebhook() as tool:
        yield tool
        assert tool.violations == []


def connect(fake: FakeWebhook, **more: Any) -> Webhook:
    secrets = {"env:FAKE_WEBHOOK_KEY": fake.key, "env:GATEWAY": fake.gateway_key}
    hook = Webhook("own", WebhookSettings(**(fake.settings() | more)), secrets.__getitem__)

    async def nap(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.002))

    hook.limiter._sleep = nap
    return hook


def run(hook: Webhook, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    async def whole() -> Any:
        try:
            return await work()
        finally:
            await hook.close()

    return asyncio.run(whole())


def send(hook: Webhook, batch: Batch) -> Outcome:
    outcome: Outcome = run(hook, lambda: hook.send(batch))
    return outcome


def make_list(hook: Webhook, title: str = "VIPs") -> str:
    return send(hook, batches.create_list("vip", title)).remote_ids[""]


def only_error(hook: Webhook, work: Callable[[], Coroutine[Any, Any, Any]]) -> SegctlError:
    with pytest.raises(SegctlError) as caught:
        run(hook, work)
    said = f"{caught.value.message} {caught.value.hint}"
    for hidden in ("@", "whsec", "gateway-", "fake-address-token", "/hooks/"):
        assert hidden not in said
    return caught.value


# Connecting and signing


def test_connect_greets_and_tells_nothing(fake: FakeWebhook) -> None:
    hook = connect(fake)
    account = run(hook, hook.connect)
    assert account == run(connect(fake), connect(fake).connect)
    assert len(account) == 16
    assert fake.writes() == []
    assert hook.identity == "webhook:own"


def test_a_receiver_may_name_itself(fake: FakeWebhook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "_take_connect", lambda told, records: {"account": "shop-7"})
    hook = connect(fake)
    assert run(hook, hook.connect) == "shop-7"


@pytest.mark.parametrize("change", ["revoke_key", "pause_account", "drop_scope"])
def test_a_receiver_that_does_not_let_us_in_stops_the_run(fake: FakeWebhook, change: str) -> None:
    hook = connect(fake)
    getattr(fake, change)()
    assert isinstance(only_error(hook, hook.connect), DestinationError)
    assert fake.operations == []


def test_an_old_timestamp_is_refused(fake: FakeWebhook) -> None:
    hook = connect(fake)
    fake.clock = lambda: time.time() + 301
    assert "timestamp is old" in only_error(hook, hook.connect).message


def test_a_signature_covers_body_and_timestamp(fake: FakeWebhook) -> None:
    body = b'{"id":"1"}'
    now = str(int(time.time()))
    signature = sign(fake.key.encode(), now, body)
    whole = {"segctl-timestamp": now, "segctl-signature": signature}

    def refusal(body: bytes, **changed: str) -> Answer | None:
        headers = whole | {name.replace("_", "-"): value for name, value in changed.items()}
        return fake.authorise(Request("POST", "/hooks/segments", {}, headers, body))

    assert refusal(body) is None
    assert refusal(body + b" ") is not None
    assert refusal(body, segctl_timestamp=str(int(now) - 1)) is not None
    assert refusal(body, segctl_signature=signature[:-1] + "x") is not None


def test_a_request_that_waited_is_signed_anew(
    fake: FakeWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([1_000_000.0, 1_000_900.0])
    clock = SimpleNamespace(time=lambda: next(moments))
    monkeypatch.setattr("segctl.destinations.webhook.destination.time", clock)
    fake.clock = lambda: 1_000_900.0
    fake.faults.script.append("503")
    hook = connect(fake)
    run(hook, hook.connect)


def test_more_headers_come_from_secrets(fake: FakeWebhook) -> None:
    seen: list[str] = []
    fake.check = lambda request: seen.append(request.headers["x-gateway-key"]) or []  # type: ignore[func-returns-value]
    hook = connect(fake, headers={"X-Gateway-Key": "env:GATEWAY"})
    run(hook, hook.connect)
    assert seen == [fake.gateway_key]


@pytest.mark.parametrize("url", ["ftp://example.com", "example.com/hook", "https://"])
def test_an_address_has_to_be_one(url: str) -> None:
    with pytest.raises(ValidationError):
        WebhookSettings(url=url, secret="env:SECRET")  # noqa: S106


def test_secrets_are_not_written_into_the_settings() -> None:
    with pytest.raises(ValidationError) as caught:
        WebhookSettings(url="https://example.com", secret="whsec-plain")  # noqa: S106
    assert "say where the secret is" in str(caught.value)


def test_an_address_without_receiver_stops_the_run(fake: FakeWebhook) -> None:
    hook = connect(fake, url=f"{fake.url}/elsewhere?token=fake-address-token")
    error = only_error(hook, hook.connect)
    assert "HTTP 404" in error.message
    fake.violations.clear()


def test_a_receiver_that_is_not_there_interrupts(fake: FakeWebhook) -> None:
    hook = connect(fake, url="http://127.0.0.1:9/hooks/segments")
    assert isinstance(only_error(hook, hook.connect), SyncInterrupted)


# What is told


def test_profiles_are_told_with_json_types(fake: FakeWebhook) -> None:
    hook = connect(fake)
    told = {
        "ada": {
            "name": 'Ada "Countess"\n Löve\\lace \x07',
            "orders": 3,
            "revenue": Decimal("1200.50"),
            "score": 0.25,
            "last_order": date(2026, 3, 1),
            "vip": True,
            "seen_at": datetime(2026, 3, 1, 8, 30),
            "tags": ["a", 'b"'],
        },
        "bob": {},
    }
    outcome = send(hook, batches.upsert(told))
    assert outcome == Outcome(remote_ids={"ada": "ada", "bob": "bob"})
    assert fake.profile("ada@example.com") == {
        "name": 'Ada "Countess"\n Löve\\lace \x07',
        "orders": 3,
        "revenue": 1200.5,
        "score": 0.25,
        "last_order": "2026-03-01",
        "vip": True,
        "seen_at": "2026-03-01T08:30:00.000000",
        "tags": ["a", 'b"'],
    }
    assert set((fake.profile("bob@example.com") or {}).values()) == {None}


def test_lists_and_their_members(fake: FakeWebhook) -> None:
    hook = connect(fake)
    list_id = make_list(hook)
    assert list_id == "vip"
    fake.lists[list_id]["members"]["x"] = "stranger@example.com"
    for _ in range(2):
        send(hook, batches.members(Kind.ADD, "vip", list_id, KEYS))
    emails = {"ada": "countess@example.com"}
    send(hook, batches.members(Kind.UPDATE, "vip", list_id, {"ada": "ada"}, KEYS, emails))
    for kind in (Kind.REMOVE, Kind.REVOKE):
        send(hook, batches.members(kind, "vip", list_id, {"bob": "bob"}))
    assert fake.snapshot() == {"VIPs": {"countess@example.com", "stranger@example.com"}}
    assert fake.effects["add", "VIPs", "bob@example.com"] == 1
    assert fake.effects["remove", "VIPs", "bob@example.com"] == 1


def test_a_title_changes_and_a_list_is_dropped(fake: FakeWebhook) -> None:
    hook = connect(fake)
    list_id = make_list(hook)
    send(hook, batches.create_list("vip", "Best", list_id))
    assert list(fake.snapshot()) == ["Best"]
    send(hook, batches.members(Kind.DROP_LIST, "vip", list_id, {"": None}))
    send(hook, batches.members(Kind.WITHDRAW, PROFILES, None, {"ada": "ada"}))  # type: ignore[arg-type]
    assert fake.operations[-2:] == ["drop_list", "withdraw"]
    assert fake.effects["drop_list", "vip"] == fake.effects["withdraw", "ada"] == 1


def test_an_event_is_told_with_its_own_key(fake: FakeWebhook) -> None:
    hook = connect(fake)
    event = {
        "person_key": "vip/ada/entered",
        "customer_id": "ada",
        "remote_id": "ada",
        "email": "ada@example.com",
        "segment": "vip",
        "change": "entered",
        "changed_on": batches.DAY,
    }
    fake.faults.script.append("lost")
    for _ in range(2):
        assert send(hook, batches.events([event])) == Outcome()
    assert fake.events == [
        {
            "key": "vip/ada/entered",
            "customer_key": "ada",
            "email": "ada@example.com",
            "segment": "vip",
            "change": "entered",
            "changed_on": "2026-03-31",
        }
    ]


@pytest.mark.parametrize("fault", ["lost", "500", "503", "429", "refuse", "half"])
def test_a_repeated_request_has_the_same_id_and_no_effect(fake: FakeWebhook, fault: str) -> None:
    hook = connect(fake)
    list_id = make_list(hook)
    fake.faults.script.append(fault)
    send(hook, batches.members(Kind.ADD, "vip", list_id, KEYS))
    assert len(set(fake.ids)) == 2
    assert set(fake.effects.values()) == {1}


# What is answered


@pytest.mark.parametrize("said", [b"ok", b"", b"accepted\n"])
def test_any_2xx_accepts(fake: FakeWebhook, said: bytes) -> None:
    fake.plain_answer = said
    hook = connect(fake)
    assert send(hook, batches.upsert({"ada": {}})) == Outcome(remote_ids={"ada": "ada"})


@pytest.mark.parametrize("said", [b" <html>", b'{"rejected": [', b"[1"])
def test_a_page_or_half_an_answer_does_not(fake: FakeWebhook, said: bytes) -> None:
    fake.plain_answer = said
    hook = connect(fake)
    error = only_error(hook, lambda: hook.send(batches.upsert({"ada": {}})))
    assert isinstance(error, SyncInterrupted)


@pytest.mark.parametrize("said", [b"[]", b"7", b'"ok"', b"null", b'{"rejected": null}'])
def test_json_of_no_meaning_accepts(fake: FakeWebhook, said: bytes) -> None:
    fake.plain_answer = said
    hook = connect(fake)
    assert send(hook, batches.upsert({"ada": {}})).dead == {}


def test_single_records_are_rejected_or_suppressed(fake: FakeWebhook) -> None:
    hook = connect(fake)
    fake.invalid.add("bob@example.com")
    fake.suppress("eve@example.com")
    outcome = send(hook, batches.upsert({"ada": {}, "bob": {}, "eve": {}}))
    assert outcome.dead == {"bob": "<e-mail> is not an address"}
    assert outcome.suppressed == {"eve": "unsubscribed"}
    assert outcome.remote_ids == {"ada": "ada"}
    list_id = make_list(hook)
    joined = send(hook, batches.members(Kind.ADD, "vip", list_id, {**KEYS, "eve": "eve"}))
    assert set(joined.dead) == {"bob"}
    assert set(joined.suppressed) == {"eve"}


def test_keys_that_were_not_told_are_not_answered(
    fake: FakeWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"rejected": [{"key": "zoe"}, {"key": "ada"}, "?", {}]}
    monkeypatch.setattr(fake, "_take_upsert", lambda told, records: answer)
    assert send(connect(fake), batches.upsert({"ada": {}})).dead == {"ada": "rejected"}


def test_a_poisoned_batch_is_refused_as_a_whole(fake: FakeWebhook) -> None:
    hook = connect(fake)
    fake.poison.add("bob@example.com")
    with pytest.raises(BatchRejected) as caught:
        send(hook, batches.upsert({"ada": {}, "bob": {}}))
    assert str(caught.value) == "cannot take <e-mail> (HTTP 422)"


def test_a_list_deleted_by_hand_stops_the_run(fake: FakeWebhook) -> None:
    hook = connect(fake)
    list_id = make_list(hook)
    fake.delete_list("VIPs")
    error = only_error(hook, lambda: hook.send(batches.members(Kind.ADD, "vip", list_id, KEYS)))
    assert "there is no such list" in error.message
    assert error.hint


def test_waiting_is_asked_for_by_429_and_by_503(
    fake: FakeWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = {"Retry-After": "0"}
    answers = iter([Answer(503, b"busy", soon), Answer(429, None, soon)])
    real = fake.authorise
    monkeypatch.setattr(fake, "authorise", lambda request: next(answers, None) or real(request))
    hook = connect(fake)
    run(hook, hook.connect)
    assert hook.limiter.throttled == 2


# What cannot be read


def test_a_receiver_is_not_read(fake: FakeWebhook) -> None:
    hook = connect(fake)

    async def read() -> tuple[Any, Any]:
        return await hook.held("ada@example.com", "ada"), [page async for page in hook.suppressed()]

    async def members() -> list[Any]:
        return [page async for page in hook.members("vip")]

    assert not hook.capabilities.reads_back
    assert run(hook, read) == ({}, [])
    assert "cannot be asked" in only_error(hook, members).message
    specs = [ListSpec("vip", "VIPs", "vip"), ListSpec("new", "New")]
    assert run(hook, lambda: hook.find_lists(specs)) == {"vip": "vip"}
    run(hook, lambda: hook.prepare({"anything": "VARCHAR"}, Path()))
    with pytest.raises(LookupError):
        run(hook, lambda: hook.settle("1"))
    assert fake.requests == []


def test_erasing_is_told_and_can_be_repeated(fake: FakeWebhook) -> None:
    hook = connect(fake)
    list_id = make_list(hook)
    send(hook, batches.upsert({"ada": {}, "bob": {}}))
    send(hook, batches.members(Kind.ADD, "vip", list_id, KEYS))
    results = [run(hook, lambda: hook.erase("ada@example.com", "ada")) for _ in range(2)]
    assert [result.status for result in results] == ["erased", "absent"]
    assert results[0].receipt == "r-1"
    assert fake.snapshot() == {"VIPs": {"bob@example.com"}}
    assert fake.profile("ada@example.com") is None


def test_a_receiver_that_says_nothing_of_erasing_took_the_request(
    fake: FakeWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "_take_erase", lambda told, records: None)
    hook = connect(fake)
    assert run(hook, lambda: hook.erase("ada@example.com", None)).status == "requested"
    refused = Answer(422, {"reason": "not today"})
    fake.faults.instead = lambda request: refused
    assert "did not erase" in only_error(hook, lambda: hook.erase("ada@example.com", None)).message


def test_capabilities_follow_the_settings(fake: FakeWebhook) -> None:
    usual = connect(fake).capabilities
    assert (usual.size(Kind.UPSERT), usual.concurrency, usual.takes_events) == (500, 4, True)
    assert usual.requests_per_second is None
    limits = {"batch_size": 50, "concurrency": 2, "requests_per_second": 3}
    share = connect(fake, limits=limits).capabilities
    assert (share.size(Kind.ADD), share.concurrency, share.requests_per_second) == (50, 2, 3)
    with pytest.raises(ValueError, match="exclusive cannot be kept here"):
        connect(fake, exclusive=True)
