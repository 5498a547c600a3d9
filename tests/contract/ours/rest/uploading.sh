. "$ASKING"

size=$(wc -c <almanac.pdf)
url=$(curl -sS -D - -o /dev/null -X POST "$BASE_URL/upload/v1/files" -H "x-goog-api-key: $GEMINI_API_KEY" \
    -H "X-Goog-Upload-Protocol: resumable" -H "X-Goog-Upload-Command: start" \
    -H "X-Goog-Upload-Header-Content-Length: $size" -H "X-Goog-Upload-Header-Content-Type: application/pdf" \
    -H "Content-Type: application/json" -d '{"file": {"display_name": "almanac"}}' |
    tr -d '\r' | sed -n 's/^x-goog-upload-url: //Ip')
uri=$(curl -sS -X POST "$url" -H "X-Goog-Upload-Offset: 0" -H "X-Goog-Upload-Command: upload, finalize" \
    --data-binary @almanac.pdf | python3 -c 'import json, sys; print(json.load(sys.stdin)["file"]["uri"])')
for _ in $(seq 50); do
    if curl -sS "$BASE_URL/v1/files/${uri##*/}" -H "x-goog-api-key: $GEMINI_API_KEY" | grep -q '"state": *"ACTIVE"'; then break; fi
    sleep 0.2
done
ask '{"model": "gemini-2.5-flash", "input": [{"type": "document", "uri": "'"$uri"'", "mime_type": "application/pdf"}, {"type": "text", "text": "How many pages?"}]}' | grep -q 13
