. "$ASKING"

said=$(ask '{"model": "gemini-2.5-flash", "input": [{"type": "image", "mime_type": "image/png", "data": "'"$(base64 -w0 lightship.png)"'"}, {"type": "text", "text": "What are the sides?"}]}')
echo "$said" | grep -qF '131'
echo "$said" | grep -qF '77'
