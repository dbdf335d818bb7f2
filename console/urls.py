"""Every page, one line each."""

from allauth.account import views as sign_in
from allauth.mfa.base import views as sign_in_code
from django.conf import settings
from django.urls import path, register_converter

from console.converters import AccessKeyId, EntityId, PolicyId
from console.middleware import for_anyone
from console.views import (
    access_keys,
    account,
    accounts,
    agencies,
    attachments,
    batches,
    comings_and_goings,
    departures,
    descriptions,
    errors,
    events,
    home,
    moves,
    new_accounts,
    new_policies,
    organizations,
    policies,
    policy,
    policy_catalogues,
    policy_tags,
    policy_targets,
    policy_types,
    policy_versions,
    previews,
    received_invitations,
    second_factors,
    security,
    sent_invitations,
    simulator,
    structure,
    tags,
    tags_in_use,
    theme,
    units,
)
from orgs.admin import site as operators_site

register_converter(EntityId, "entity")
register_converter(AccessKeyId, "access_key")
register_converter(PolicyId, "policy")

urlpatterns = [
    path("", home.home, name="home"),
    path("account/", account.my_account, name="my_account"),
    path("account/agencies/", agencies.agencies, name="agencies"),
    path("account/agencies/<int:agency_id>/delete/", agencies.delete_agency, name="delete_agency"),
    path("organization/new/", organizations.create_organization, name="create_organization"),
    path("structure/", structure.root, name="structure"),
    path("structure/units/<entity:unit_id>/", structure.unit, name="unit"),
    path("structure/units/<entity:unit_id>/children/", structure.children, name="unit_children"),
    path("structure/accounts/<entity:account_id>/", structure.account, name="account"),
    path("structure/units/<entity:unit_id>/new/", units.create_unit, name="create_unit"),
    path("structure/units/<entity:unit_id>/rename/", units.rename_unit, name="rename_unit"),
    path("structure/units/<entity:unit_id>/delete/", units.delete_unit, name="delete_unit"),
    path("structure/units/<entity:unit_id>/move/", moves.move_unit, name="move_unit"),
    path("structure/accounts/<entity:account_id>/move/", moves.move_account, name="move_account"),
    path(
        "structure/accounts/<entity:account_id>/description/",
        descriptions.describe_account,
        name="describe_account",
    ),
    path("structure/units/<entity:unit_id>/tags/", tags.unit_tags, name="unit_tags"),
    path("structure/accounts/<entity:account_id>/tags/", tags.account_tags, name="account_tags"),
    path(
        "structure/<entity:entity_id>/policies/attach/",
        attachments.attach_here,
        name="attach_here",
    ),
    path(
        "structure/<entity:entity_id>/policies/set/",
        attachments.set_attachments,
        name="set_attachments",
    ),
    path(
        "structure/<entity:entity_id>/policies/<policy:policy_id>/detach/",
        attachments.detach_here,
        name="detach_here",
    ),
    path("structure/move/", moves.move_accounts, name="move_accounts"),
    path("structure/tags/", tags.resource_tags, name="resource_tags"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/accounts.csv", accounts.accounts_csv, name="accounts_csv"),
    path("accounts/create/many/", batches.create_many, name="create_many"),
    path("accounts/invite/many/", batches.invite_many, name="invite_many"),
    path("accounts/batches/", batches.batches, name="batches"),
    path("accounts/batches/<entity:batch_id>/", batches.batch, name="batch"),
    path("accounts/batches/<entity:batch_id>/rows.csv", batches.batch_csv, name="batch_csv"),
    path("accounts/batches/<entity:batch_id>/cancel/", batches.cancel_batch, name="cancel_batch"),
    path("accounts/invitations/", comings_and_goings.sent_invitations, name="sent_invitations"),
    path("accounts/creations/", comings_and_goings.creations, name="creations"),
    path("accounts/closings/", comings_and_goings.closings, name="closings"),
    path("accounts/former/", comings_and_goings.former_members, name="former_members"),
    path("accounts/create/", new_accounts.create_account, name="create_account"),
    path("accounts/invite/", new_accounts.invite_account, name="invite_account"),
    path(
        "accounts/invitations/<entity:invitation_id>/cancel/",
        sent_invitations.cancel_invitation,
        name="cancel_invitation",
    ),
    path(
        "accounts/invitations/<entity:invitation_id>/resend/",
        sent_invitations.resend_invitation,
        name="resend_invitation",
    ),
    path("accounts/<entity:account_id>/remove/", departures.remove_account, name="remove_account"),
    path("accounts/<entity:account_id>/close/", departures.close_account, name="close_account"),
    path("preview/", previews.preview, name="preview"),
    path("simulator/", simulator.simulator, name="simulator"),
    path("simulator/actions/", simulator.simulator_actions, name="simulator_actions"),
    path("simulator/keep/", simulator.keep_question, name="keep_question"),
    path("tags/", tags_in_use.tags, name="tags"),
    path("tags/values/", tags_in_use.tag_values, name="tag_values"),
    path("tags/resources/", tags_in_use.tag_carriers, name="tag_carriers"),
    path("tags/compliance/", tags_in_use.tag_compliance, name="tag_compliance"),
    path("policies/", policies.policies, name="policies"),
    path("policies/new/", new_policies.create_policy, name="create_policy"),
    path("policies/check/", policies.check_document, name="check_document"),
    path("policies/build/", policies.build_document, name="build_document"),
    path("policies/actions/", policy_catalogues.policy_actions, name="policy_actions"),
    path(
        "policies/resource-types/",
        policy_catalogues.policy_resource_types,
        name="policy_resource_types",
    ),
    path("policies/types/<slug:policy_type>/", policy_types.policy_type, name="policy_type"),
    path(
        "policies/types/<slug:policy_type>/enable/",
        policy_types.enable_policy_type,
        name="enable_policy_type",
    ),
    path(
        "policies/types/<slug:policy_type>/disable/",
        policy_types.disable_policy_type,
        name="disable_policy_type",
    ),
    path("policies/<policy:policy_id>/", policy.policy, name="policy"),
    path("policies/<policy:policy_id>/save/", policy.save_policy, name="save_policy"),
    path("policies/<policy:policy_id>/describe/", policy.describe_policy, name="describe_policy"),
    path("policies/<policy:policy_id>/delete/", policy.delete_policy, name="delete_policy"),
    path(
        "policies/<policy:policy_id>/tests/<int:test_id>/delete/",
        policy.delete_policy_test,
        name="delete_policy_test",
    ),
    path("policies/<policy:policy_id>/tags/", policy_tags.policy_tags, name="policy_tags"),
    path(
        "policies/<policy:policy_id>/versions/",
        policy_versions.compare_versions,
        name="compare_versions",
    ),
    path(
        "policies/<policy:policy_id>/versions/<int:number>/",
        policy_versions.policy_version,
        name="policy_version",
    ),
    path(
        "policies/<policy:policy_id>/versions/<int:number>/restore/",
        policy_versions.restore_version,
        name="restore_version",
    ),
    path("policies/<policy:policy_id>/attach/", policy_targets.attach_policy, name="attach_policy"),
    path(
        "policies/<policy:policy_id>/detach/<entity:entity_id>/",
        policy_targets.detach_policy,
        name="detach_policy",
    ),
    path("activity/", events.activity, name="activity"),
    path(
        "activity/<int:number>/undo-accounts/",
        moves.undo_move_of_accounts,
        name="undo_move_of_accounts",
    ),
    path("activity/<int:number>/undo-unit/", moves.undo_move_of_unit, name="undo_move_of_unit"),
    path("invitations/", received_invitations.received_invitations, name="received_invitations"),
    path(
        "invitations/<entity:invitation_id>/",
        received_invitations.received_invitation,
        name="received_invitation",
    ),
    path(
        "invitations/<entity:invitation_id>/accept/",
        received_invitations.accept_invitation,
        name="accept_invitation",
    ),
    path(
        "invitations/<entity:invitation_id>/decline/",
        received_invitations.decline_invitation,
        name="decline_invitation",
    ),
    path("leave/", account.leave_organization, name="leave_organization"),
    path("security/", security.security, name="security"),
    path("security/password/", security.change_password, name="change_password"),
    path("security/second-factor/new/", second_factors.add_second_factor, name="add_second_factor"),
    path(
        "security/second-factor/remove/",
        second_factors.remove_second_factor,
        name="remove_second_factor",
    ),
    path(
        "security/recovery-codes/new/",
        second_factors.renew_recovery_codes,
        name="renew_recovery_codes",
    ),
    path(
        "security/recovery-codes/file/",
        second_factors.recovery_codes_file,
        name="recovery_codes_file",
    ),
    path("security/sessions/<int:session_id>/end/", security.end_session, name="end_session"),
    path("security/sessions/end-others/", security.end_other_sessions, name="end_other_sessions"),
    path("security/access-keys/new/", access_keys.create_access_key, name="create_access_key"),
    path("security/access-keys/file/", access_keys.access_key_file, name="access_key_file"),
    path(
        "security/access-keys/<access_key:access_key_id>/update/",
        access_keys.update_access_key,
        name="update_access_key",
    ),
    path(
        "security/access-keys/<access_key:access_key_id>/delete/",
        access_keys.delete_access_key,
        name="delete_access_key",
    ),
    path("switch/back/", agencies.go_back, name="go_back"),
    path("switch/<entity:account_id>/", agencies.enter_account, name="enter_account"),
    path("theme/", theme.choose_theme, name="choose_theme"),
    # Of allauth only what is designed.
    path("sign-in/", sign_in.login, name="account_login"),
    path("sign-in/code/", sign_in_code.authenticate, name="mfa_authenticate"),
    path("security/confirm/", sign_in.reauthenticate, name="account_reauthenticate"),
    path("sign-out/", for_anyone(sign_in.logout), name="account_logout"),
]

if settings.ADMIN_ENABLED:
    urlpatterns.append(path(settings.ADMIN_PATH, operators_site.urls))

handler400 = errors.bad_request
handler403 = errors.denied
handler404 = errors.not_found
handler429 = errors.too_many
handler500 = errors.failed
