. "$ASKING"

said=$(ask '{"model": "gemini-2.5-flash", "input": [{"type": "image", "uri": "'"$WEB"'/seal.jpg"}, {"type": "text", "text": "How wide is it?"}]}')
echo "$said" | grep -q 211
