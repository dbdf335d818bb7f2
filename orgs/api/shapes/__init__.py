"""The wire's JSON, one module per noun: bodies and queries that come in, answers that go out.

A shape says which fields there are and of what type. What a field's text may be, the operation says, so
that it is said once. Fields that a shape does not have are ignored; the shapes of our own extensions
forbid them.
"""
