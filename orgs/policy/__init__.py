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

An editor asks `document.read_service_control_policy(text)` or
`tag_document.read_tag_policy(text)`: faults, warnings and advice with their places.

A decision takes what is stored, compiled once, and a request:

    levels = [make_level(entity, [AttachedPolicy(id, load_service_control_policy(text)), …]), …]
    evaluate(make_position(levels), Request(account, action, resource, context))

`DecisionMemo` remembers decisions by the caller's version, `explain` tells of every
statement, `preview` and `dry_run` ask the same with other policies.
"""
