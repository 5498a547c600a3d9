. "$ASKING"

run=$(ask '{"agent": "deep-research-preview-04-2026", "input": "Report on the samphire of Blakeney.", "background": true}' | id_of)
for _ in $(seq 40); do
    said=$(read_back "$run")
    if ! echo "$said" | grep -q '"status": *"in_progress"'; then break; fi
    sleep 1
done
echo "$said" | grep -q '"status": *"completed"'
echo "$said" | grep -q '"model_output".*samphire'
