. "$ASKING"

said=$(ask '{"model": "gemini-2.5-flash", "input": [{"type": "video", "mime_type": "video/mp4", "data": "'"$(base64 -w0 harbour.mp4)"'"}, {"type": "text", "text": "How many seconds?"}]}')
echo "$said" | grep -qF '11'
