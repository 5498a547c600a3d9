. "$ASKING"

said=$(ask '{"model": "gemini-2.5-flash", "input": [{"type": "document", "mime_type": "application/pdf", "data": "'"$(base64 -w0 almanac.pdf)"'"}, {"type": "text", "text": "How many pages?"}]}')
echo "$said" | grep -qF '13'
