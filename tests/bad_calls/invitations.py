"""Calls about invitations."""

from orgs import operations
from tests import bad_input
from tests.bad_calls.world import ACCOUNT_ID, ACCOUNT_IDS, KINDS, PLACES, Cases

INVITATION_ID = "h-" + "0a" * 16
INVITATION_IDS = bad_input.bad_ids(good=INVITATION_ID, others=KINDS[:5])
TARGET_TYPES = [*bad_input.NOT_TEXT, "", "email", "Account", "NAME", "name ", "\x00", "\ud800"]


def invite(world, **given):
    wanted = {"target_type": "account", "target": ACCOUNT_ID} | given
    operations.invitations.invite_account(actor=world.actor, **wanted)


def invite_by_name(world, *, target):
    invite(world, target_type="name", target=target)


def accept_invitation(world, **given):
    operations.invitations.accept_invitation(actor=world.actor, **given)


def cancel_invitation(world, **given):
    operations.invitations.cancel_invitation(actor=world.actor, **given)


def decline_invitation(world, **given):
    operations.invitations.decline_invitation(actor=world.actor, **given)


def resend_invitation(world, **given):
    operations.invitations.resend_invitation(actor=world.actor, **given)


CASES: Cases = [
    (invite, "target_type", "target.type", TARGET_TYPES),
    (invite, "target", "target.entity", ACCOUNT_IDS),
    (invite_by_name, "target", "target.entity", bad_input.bad_account_names()),
    (invite, "notes", "notes", bad_input.bad_notes()),
    (invite, "destination_parent_id", "destination_parent_id", PLACES),
    (accept_invitation, "invitation_id", "handshake_id", INVITATION_IDS),
    (cancel_invitation, "invitation_id", "handshake_id", INVITATION_IDS),
    (decline_invitation, "invitation_id", "handshake_id", INVITATION_IDS),
    (resend_invitation, "invitation_id", "handshake_id", INVITATION_IDS),
]
