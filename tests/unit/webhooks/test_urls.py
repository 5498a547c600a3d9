"""Is a webhook's address refused with a reason when it is registered, and a good one left alone?"""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.webhooks.urls import check_url
from tests.support.hostile_urls import HOSTS, MALFORMED

LOOPBACK = (ip_network("127.0.0.0/8"),)


def code(url: str) -> str | None:
    problem = check_url(url)
    return problem.code if problem else None


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(set(HOSTS) | set(MALFORMED)) >= 200


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("form", ["http://{}/hook", "https://{}:8443/"])
def test_every_spelling_of_a_private_address_is_refused(host: str, form: str) -> None:
    assert code(form.format(host)) in {"url_address", "url_malformed"}


@pytest.mark.parametrize("url", MALFORMED)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    assert code(url) in {"url_malformed", "url_host", "url_port", "url_userinfo", "url_scheme"}


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/hooks?token=a%20b&x=y#here",
        "http://example.com:8080/",
        "HTTPS://Example.COM./hook",
        "https://bücher.example/",
        "https://例え.jp/フック",
        "https://my_service.internal.example/",
        "http://receiver:9000/hook",
        "https://xn--bcher-kva.example/",
        "https://1.1.1.1/",
        "https://[2606:4700::1111]:443/",
        "https://3com.com/",
        "https://127.0.0.1.example.com/",
        "https://localhost.example.com/",
    ],
)
def test_a_public_address_is_accepted(url: str) -> None:
    assert check_url(url) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ftp://example.com/", "url_scheme"),
        ("https://me:pw@example.com/", "url_userinfo"),
        ("https://example.com:70000/", "url_port"),
        ("https://1.2.3.4.5/", "url_host"),
        ("https://a b/", "url_malformed"),
    ],
)
def test_each_kind_of_problem_has_its_own_code(url: str, expected: str) -> None:
    assert code(url) == expected


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/", "http://127.1/", "http://localhost:9000/hook"])
def test_loopback_is_accepted_once_the_operator_lists_it(url: str) -> None:
    assert check_url(url, allow=LOOPBACK) is None


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/"])
def test_listing_one_network_opens_no_other(url: str) -> None:
    assert check_url(url, allow=LOOPBACK) is not None


def test_a_refusal_names_the_field_the_reason_and_the_remedy() -> None:
    problem = check_url("http://127.0.0.1/", field="request.webhook_url")
    assert problem is not None
    assert problem.field == "request.webhook_url"
    assert "loopback" in problem.message
    assert "LONGWATCH_WEBHOOK_ALLOW" in problem.remedy


@given(st.text())
def test_no_text_is_ever_an_exception(text: str) -> None:
    check_url(text)
    check_url(f"http://{text}/")
