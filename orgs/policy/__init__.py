"""What a policy means: plain Python, no Django, no clock, no queries.

From text to answers, in reading order:

- `text`: strict JSON whose values know their place
- `faults`, `sentences`, `spelling`: what is wrong, where, and in which words
- `document`, `lints`: service control policies: text → checked statements, and advice
- `statements`, `matching`, `templates`: what a statement says: actions, resources, variables
- `conditions`, `operators`, `values`, `context`, `global_keys`: when it applies
- `evaluation`, `statement_index`, `memo`: levels and a request → a decision, and why
- `tag_document`, `inheritance`, `compliance`: tag policies: text, merge, judgement
- `snapshot`, `changes`, `preview`, `dry_run`: a whole organization, and what if
- `vectors`: runs files of test cases: `python -m orgs.policy.vectors FILE…`
"""
