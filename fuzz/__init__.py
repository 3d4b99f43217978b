"""Coverage-guided fuzzing of everything that reads what others wrote.

- `python -m fuzz.run` lists the targets; `python -m fuzz.run TARGET SECONDS` runs one.
- `targets/` holds one target a file; `table.py` names them all; `judge.py` says what counts as a finding.

A finding is kept as a case of the ordinary tests, under a name that says what must hold.
"""
