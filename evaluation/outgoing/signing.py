"""Signatures of generic webhooks, as Standard Webhooks 1.0 has them: HMAC-SHA256 over "id.timestamp.body"."""

import base64
import hashlib
import hmac

PREFIX = "whsec_"


def secret_of(server_key: str, destination: str, generation: int) -> str:
    """The secret of one destination, derived from the server's key: no table holds it, so none can lose it.

    Another generation is another secret. HMAC-SHA256 as a key derivation with the purpose in its input (RFC 5869,
    the expand step with one block).

    >>> secret_of("k", "d", 1) == secret_of("k", "d", 1) != secret_of("k", "d", 2)
    True
    """
    told = f"assay webhook secret\n{destination}\n{generation}".encode()
    return PREFIX + base64.b64encode(hmac.new(server_key.encode(), told, hashlib.sha256).digest()).decode()


def signed_headers(*, secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """webhook-id, webhook-timestamp (Unix seconds) and webhook-signature of a request."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    told = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
