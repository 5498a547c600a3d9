. "$ASKING"

said=$(ask '{"model": "gemini-2.5-flash", "input": [{"type": "audio", "mime_type": "audio/wav", "data": "'"$(base64 -w0 foghorn.wav)"'"}, {"type": "text", "text": "How many seconds?"}]}')
echo "$said" | grep -qF '3.5'
