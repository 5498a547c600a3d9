"""Does every answer outside 2xx mean for the job what design.md §4 says?"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.classify import (
    DAILY_QUOTA_WAIT,
    Create503,
    cancel_rejected,
    create_rejected,
    delete_rejected,
    read_rejected,
)
from longwatch.upstream.outcomes import (
    CancelRefused,
    CancelUnsupported,
    DeleteRefused,
    Gone,
    KeyProblem,
    Missing,
    Refused,
    Trouble,
    Unknown,
)
from longwatch.upstream.rejection import Rejection, read_rejection

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NO_FILE = "You do not have permission to access the File abc-1 or it may not exist."
HTML = b"<!DOCTYPE html><html><body>Error</body></html>"


def rejection(status: int, body: Any = b"", header: str | None = None) -> Rejection:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_rejection(status, raw, header=header, now=NOW)


def current(code: str, message: str = "because") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def google(number: int, status: str, message: str = "because", **details: Any) -> dict[str, Any]:
    return {"error": {"code": number, "message": message, "status": status, "details": [details] if details else []}}


API_KEY_INVALID = google(400, "INVALID_ARGUMENT", "API key not valid.", reason="API_KEY_INVALID")
NO_QUOTA = google(429, "RESOURCE_EXHAUSTED", "Quota exceeded for metric: deep_research, limit: 0, model: x")
ZERO_QUOTA = google(429, "RESOURCE_EXHAUSTED", "Quota exceeded", metadata={"quota_limit_value": "0"})
LABELS = current("parameter_unknown", "Unknown parameter: 'labels'.")
LABELS_FIELD = google(400, "INVALID_ARGUMENT", "bad", fieldViolations=[{"field": "labels.longwatch_job"}])
WEBHOOK = current("invalid_request", "Invalid value for 'webhook_config.uris'.")
METADATA = current("invalid_request", "user_metadata: longwatch_job is not allowed")
LEGACY_SDK = current("invalid_request", "The legacy Interactions API schema is no longer supported.")


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (429, current("rate_limit_exceeded"), "retry", "rate_limited"),
        (429, current("too_many_requests"), "retry", "rate_limited"),
        (429, current("quota_exceeded", "limit: 10"), "retry", "rate_limited"),
        (429, google(429, "RESOURCE_EXHAUSTED", "limit: 0.5"), "retry", "rate_limited"),
        (429, HTML, "retry", "rate_limited"),
        (429, b"", "retry", "rate_limited"),
        (409, current("aborted"), "retry", "aborted"),
        (409, google(409, "ABORTED"), "retry", "aborted"),
        (503, current("service_unavailable"), "retry", "unavailable"),
        (503, google(503, "UNAVAILABLE"), "retry", "unavailable"),
        (503, [google(503, "UNAVAILABLE")], "retry", "unavailable"),
        (401, current("authentication"), "lane", "auth"),
        (401, HTML, "lane", "auth"),
        (402, current("payment_required"), "lane", "payment"),
        (403, current("permission_denied"), "lane", "permission"),
        (403, b"", "lane", "permission"),
        (403, google(403, "PERMISSION_DENIED", NO_FILE), "final", "not_found"),
        (400, API_KEY_INVALID, "lane", "key_invalid"),
        (400, [API_KEY_INVALID], "lane", "key_invalid"),
        (400, google(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."), "lane", "key_invalid"),
        (429, NO_QUOTA, "lane", "quota_zero"),
        (429, [NO_QUOTA], "lane", "quota_zero"),
        (429, ZERO_QUOTA, "lane", "quota_zero"),
        (429, google(429, "X", "y", violations=[{"quotaValue": "0"}]), "lane", "quota_zero"),
        (400, current("invalid_request"), "final", "invalid"),
        (400, current("failed_precondition"), "final", "invalid"),
        (400, current("parameter_unknown", "Unknown parameter: 'x'."), "final", "invalid"),
        (400, current("invalid_request", "tools[0].headers: X-Api-Key is not allowed"), "final", "invalid"),
        (400, LEGACY_SDK, "final", "invalid"),
        (400, LABELS, "final", "labels_unsupported"),
        (400, LABELS_FIELD, "final", "labels_unsupported"),
        (400, WEBHOOK, "final", "webhook_unsupported"),
        (400, METADATA, "final", "webhook_unsupported"),
        (404, current("not_found"), "final", "not_found"),
        (404, current("model_not_found"), "final", "not_found"),
        (409, current("already_exists"), "final", "invalid"),
        (409, b"", "final", "invalid"),
        (413, HTML, "final", "invalid"),
        (416, current("out_of_range"), "final", "invalid"),
        (422, current("invalid_request"), "final", "invalid"),
        (499, current("cancelled"), "final", "invalid"),
        (501, current("unimplemented"), "final", "unimplemented"),
        (301, b"", "final", "redirected"),
        (302, HTML, "final", "redirected"),
        (307, b"", "final", "redirected"),
        (308, b"", "final", "redirected"),
    ],
)
def test_a_create_that_was_surely_refused(status: int, body: Any, kind: str, reason: str) -> None:
    outcome = create_rejected(rejection(status, body))
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.reason, outcome.status) == (kind, reason, status)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (408, b"", "status_408"),
        (500, current("api_error"), "status_5xx"),
        (500, HTML, "status_5xx"),
        (502, HTML, "status_5xx"),
        (503, HTML, "status_5xx"),
        (503, b"upstream connect error", "status_5xx"),
        (503, b"", "status_5xx"),
        (504, current("deadline_exceeded"), "status_5xx"),
        (504, b"", "status_5xx"),
        (520, b"", "status_5xx"),
        (303, b"", "redirected"),
    ],
)
def test_a_create_that_may_have_been_taken(status: int, body: Any, reason: str) -> None:
    outcome = create_rejected(rejection(status, body))
    assert isinstance(outcome, Unknown)
    assert (outcome.reason, outcome.status) == (reason, status)


@pytest.mark.parametrize(("setting", "kind"), [("refused", Refused), ("unknown", Unknown)])
def test_the_apis_own_503_is_what_the_operator_says_it_is(setting: Create503, kind: type) -> None:
    assert isinstance(create_rejected(rejection(503, current("service_unavailable")), create_503=setting), kind)


@given(status=st.integers(300, 599), body=st.binary(max_size=40))
def test_every_status_has_an_ending_and_only_a_sure_refusal_may_be_repeated(status: int, body: bytes) -> None:
    outcome = create_rejected(rejection(status, body))
    if isinstance(outcome, Refused) and outcome.kind == "retry":
        assert status in {409, 429, 503}
    if status == 408 or (status >= 500 and status not in {501, 503}):
        assert isinstance(outcome, Unknown)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (429, b"", "rate_limited"),
        (408, b"", "server_error"),
        (500, current("api_error"), "server_error"),
        (501, b"", "server_error"),
        (502, HTML, "server_error"),
        (503, [google(503, "UNAVAILABLE")], "server_error"),
        (504, b"", "server_error"),
        (302, HTML, "redirected"),
        (400, current("invalid_request"), "rejected"),
        (409, current("aborted"), "rejected"),
        (416, b"", "rejected"),
    ],
)
def test_a_read_that_taught_nothing(status: int, body: Any, reason: str) -> None:
    outcome = read_rejected(rejection(status, body))
    assert isinstance(outcome, Trouble)
    assert (outcome.reason, outcome.status) == (reason, status)


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("body", [b"", HTML, current("not_found"), [google(404, "NOT_FOUND")]])
def test_a_run_that_a_read_does_not_find_is_missing(status: int, body: Any) -> None:
    outcome = read_rejected(rejection(status, body))
    assert isinstance(outcome, Missing)
    assert outcome.status == status


KEY_PROBLEMS = [
    (401, current("authentication"), "auth"),
    (402, current("payment_required"), "payment"),
    (400, API_KEY_INVALID, "key_invalid"),
    (403, google(403, "PERMISSION_DENIED", "Your API key was reported as leaked."), "permission"),
    (403, google(403, "PERMISSION_DENIED", "no", reason="CONSUMER_SUSPENDED"), "permission"),
    (429, NO_QUOTA, "quota_zero"),
]


@pytest.mark.parametrize("classify", [read_rejected, cancel_rejected, delete_rejected])
@pytest.mark.parametrize(("status", "body", "reason"), KEY_PROBLEMS)
def test_a_rejected_key_is_told_as_such(classify: Any, status: int, body: Any, reason: str) -> None:
    outcome = classify(rejection(status, body))
    assert isinstance(outcome, KeyProblem)
    assert (outcome.reason, outcome.status) == (reason, status)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, [google(404, "NOT_FOUND", "Method not found.")], CancelUnsupported),
        (405, b"", CancelUnsupported),
        (501, current("unimplemented"), CancelUnsupported),
        (404, current("not_found"), CancelRefused),
        (404, HTML, CancelRefused),
        (403, current("permission_denied"), CancelRefused),
        (400, current("failed_precondition", "already finished"), CancelRefused),
        (409, current("already_exists"), CancelRefused),
        (409, current("aborted"), Trouble),
        (408, b"", Trouble),
        (429, b"", Trouble),
        (500, b"", Trouble),
        (503, HTML, Trouble),
        (307, b"", Trouble),
    ],
)
def test_a_cancel_that_was_not_taken(status: int, body: Any, kind: type) -> None:
    assert isinstance(cancel_rejected(rejection(status, body)), kind)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, current("not_found"), Gone),
        (404, b"", Gone),
        (404, [google(404, "NOT_FOUND", "Method not found.")], DeleteRefused),
        (403, current("permission_denied"), DeleteRefused),
        (400, current("failed_precondition"), DeleteRefused),
        (405, b"", DeleteRefused),
        (501, b"", DeleteRefused),
        (429, b"", Trouble),
        (500, b"", Trouble),
        (302, b"", Trouble),
    ],
)
def test_a_delete_that_was_not_done(status: int, body: Any, kind: type) -> None:
    assert isinstance(delete_rejected(rejection(status, body)), kind)


@pytest.mark.parametrize(
    ("body", "code", "message", "own"),
    [
        (current("not_found", "no such"), "not_found", "no such", True),
        (google(404, "NOT_FOUND", "no such"), "not_found", "no such", True),
        ([google(404, "NOT_FOUND", "no such")], "not_found", "no such", True),
        ({"error": "no such"}, "", "no such", True),
        (HTML, "", "Error", False),
        (b"no such\nhost", "", "no such host", False),
        (b"", "", "", False),
        (b"\xff\xfe\x00", "", "\ufffd\ufffd", False),
        ({"error": []}, "", '{"error": []}', False),
        ({"error": {"code": None, "message": 3}}, "", "", True),
    ],
)
def test_every_shape_of_an_error_body_is_read(body: Any, code: str, message: str, *, own: bool) -> None:
    read = rejection(404, body)
    assert (read.code, read.message, read.own) == (code, message, own)


def test_a_long_message_is_one_short_line() -> None:
    assert len(rejection(500, current("x", "word\n" * 500)).message) == 300


@given(status=st.integers(300, 599), body=st.binary(), header=st.none() | st.text())
def test_no_error_body_makes_it_raise(status: int, body: bytes, header: str | None) -> None:
    for classify in (create_rejected, read_rejected, cancel_rejected, delete_rejected):
        classify(read_rejection(status, body, header=header, now=NOW))


@pytest.mark.parametrize(
    ("body", "header", "wait"),
    [
        (b"", "7", timedelta(seconds=7)),
        (b"", None, None),
        (google(429, "X", retryDelay="38s"), None, timedelta(seconds=38)),
        (google(429, "X", retryDelay="38s"), "5", timedelta(seconds=5)),
        (current("quota_exceeded"), None, DAILY_QUOTA_WAIT),
        (current("quota_exceeded"), "60", timedelta(seconds=60)),
    ],
)
def test_the_wait_is_the_headers_or_the_bodys_or_that_of_a_daily_quota(
    body: Any,
    header: str | None,
    wait: timedelta | None,
) -> None:
    created, read = create_rejected(rejection(429, body, header)), read_rejected(rejection(429, body, header))
    assert isinstance(created, Refused)
    assert isinstance(read, Trouble)
    assert (created.retry_after, read.retry_after) == (wait, wait)
