"""Policies and positions for tests, without ceremony."""

import json

from orgs.policy.document import read_service_control_policy
from orgs.policy.evaluation import AttachedPolicy, make_level, make_position
from orgs.policy.statements import FULL_ACCESS
from orgs.policy.tag_document import read_tag_policy

FULL = AttachedPolicy("FullAccess", FULL_ACCESS)


def scp(*statements):
    """Return a checked policy with these statements."""
    text = json.dumps({"Version": "5.0", "Statement": list(statements)})
    reading = read_service_control_policy(text)
    assert reading.faults == ()
    return reading.document


def deny(actions="*", **elements):
    return {"Effect": "Deny", "Action": actions, **elements}


def allow(actions="*"):
    return {"Effect": "Allow", "Action": actions}


def attached(policy, *statements):
    return AttachedPolicy(policy, scp(*statements))


def position(*levels, **standing):
    """Return a position on levels given as `(entity, policy, policy, …)`."""
    return make_position([make_level(entity, policies) for entity, *policies in levels], **standing)


def tag_policy(**keys):
    """Return a checked tag policy; a key's body may be just its values to assign."""
    reading = read_tag_policy(json.dumps({"tags": keys}))
    assert reading.faults == ()
    return reading.document
