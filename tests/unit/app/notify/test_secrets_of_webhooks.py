"""What a webhook says when it fails never holds a secret: it is logged, kept and shown."""

from __future__ import annotations

import pytest

from codedark.exchange.sender import NotDelivered
from codedark.exchange.webhook import Endpoint, Webhook


@pytest.mark.parametrize(
    ("path", "token"),
    [("/hook", "s3cret\n"), ("/hook", "s3cret\u20ac"), ("/s3cret hook", "t"), ("/s3cret\x7f", "t")],
)
def test_a_secret_that_http_refuses_is_not_told(path: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    webhook = Webhook(Endpoint(lambda: f"http://127.0.0.1:9{path}", headers=lambda: headers))
    with pytest.raises(NotDelivered, match="characters that HTTP refuses") as told:
        webhook.post(b"{}", {})
    assert "s3cret" not in str(told.value)
