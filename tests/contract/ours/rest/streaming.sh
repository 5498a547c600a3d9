. "$ASKING"

said=$(ask '{"model": "gemini-2.5-flash", "input": "Explain the lee shore.", "stream": true}')
echo "$said" | grep -q '^event: interaction.created'
echo "$said" | grep -q '^event: interaction.completed'
test "$(echo "$said" | grep -c '^event: step.delta')" -gt 1
echo "$said" | tail -n 1 | grep -q 'DONE'
