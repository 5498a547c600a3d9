. "$ASKING"

ask '{"model": "gemini-3-pro-image-preview", "input": "Draw a razor shell.", "response_format": {"type": "image", "mime_type": "image/png"}}' |
    grep -q '"data": *"iVBORw0KGgo'
