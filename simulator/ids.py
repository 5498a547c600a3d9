"""What does an interaction's id look like?"""

import base64
import secrets


def new_interaction_id() -> str:
    """Return an id in the live form: v1_ and base64url of a protobuf that holds one token twice."""
    token = secrets.token_urlsafe(17).encode()
    length = bytes([len(token)])
    message = b"\x0a" + length + token + b"\x12" + length + token
    return "v1_" + base64.urlsafe_b64encode(message).decode().rstrip("=")
