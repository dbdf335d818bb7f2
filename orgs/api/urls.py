"""The operations of the wire: method, path, function, in the contract's order and with its names."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from orgs.api import (
    account_requests,
    accounts,
    callers,
    decisions,
    delegated_administrators,
    dry_runs,
    entities,
    invitations,
    organization_files,
    organizations,
    policies,
    previews,
    quotas,
    services,
    structure,
    tags,
    trusted_services,
    units,
)
from orgs.api.endpoint import Endpoint, no_operation
from orgs.api.openapi import Document

ROUTES: Sequence[tuple[str, str, Endpoint]] = (
    # What the SDK asks of other services, to learn whose key it has.
    ("GET", "/v3/auth/domains", callers.list_auth_domains),
    ("GET", "/v5/caller-identity", callers.get_caller_identity),
    # accounts
    ("POST", "/v1/organizations/accounts/<account_id>/close", account_requests.close_account),
    ("POST", "/v1/organizations/accounts", account_requests.create_account),
    ("POST", "/v2/organizations/accounts", account_requests.create_resource_account),
    ("POST", "/v1/organizations/accounts/invite", invitations.invite_account),
    ("GET", "/v1/organizations/accounts", accounts.list_accounts),
    (
        "GET",
        "/v1/organizations/close-account-status",
        account_requests.list_close_account_statuses,
    ),
    (
        "GET",
        "/v1/organizations/create-account-status",
        account_requests.list_create_account_statuses,
    ),
    ("POST", "/v1/organizations/accounts/<account_id>/move", accounts.move_account),
    ("POST", "/v1/organizations/accounts/<account_id>/remove", accounts.remove_account),
    ("GET", "/v1/organizations/accounts/<account_id>", accounts.show_account),
    (
        "GET",
        "/v1/organizations/create-account-status/<create_account_status_id>",
        account_requests.show_create_account_status,
    ),
    ("PATCH", "/v1/organizations/accounts/<account_id>", accounts.update_account),
    # delegated administrators
    (
        "POST",
        "/v1/organizations/delegated-administrators/deregister",
        delegated_administrators.deregister_delegated_administrator,
    ),
    (
        "GET",
        "/v1/organizations/delegated-administrators",
        delegated_administrators.list_delegated_administrators,
    ),
    (
        "GET",
        "/v1/organizations/accounts/<account_id>/delegated-services",
        delegated_administrators.list_delegated_services,
    ),
    (
        "POST",
        "/v1/organizations/delegated-administrators/register",
        delegated_administrators.register_delegated_administrator,
    ),
    # dry runs
    ("GET", "/v1/organizations/dry-run-config", dry_runs.show_dry_run_config),
    ("POST", "/v1/organizations/dry-run-config", dry_runs.update_dry_run_config),
    (
        "POST",
        "/v1/organizations/dry-run-policies/<policy_id>/attach",
        dry_runs.attach_dry_run_policy,
    ),
    ("POST", "/v1/organizations/dry-run-policies", dry_runs.create_dry_run_policy),
    (
        "DELETE",
        "/v1/organizations/dry-run-policies/<policy_id>",
        dry_runs.delete_dry_run_policy,
    ),
    (
        "POST",
        "/v1/organizations/dry-run-policies/<policy_id>/detach",
        dry_runs.detach_dry_run_policy,
    ),
    ("GET", "/v1/organizations/dry-run-policies", dry_runs.list_dry_run_policies),
    (
        "GET",
        "/v1/organizations/dry-run-policies/<policy_id>/attached-entities",
        dry_runs.list_entities_for_dry_run_policy,
    ),
    ("GET", "/v1/organizations/dry-run-policies/<policy_id>", dry_runs.show_dry_run_policy),
    ("PATCH", "/v1/organizations/dry-run-policies/<policy_id>", dry_runs.update_dry_run_policy),
    # handshakes
    ("POST", "/v1/received-handshakes/<handshake_id>/accept", invitations.accept_handshake),
    (
        "POST",
        "/v1/organizations/handshakes/<handshake_id>/cancel",
        invitations.cancel_handshake,
    ),
    ("POST", "/v1/received-handshakes/<handshake_id>/decline", invitations.decline_handshake),
    ("GET", "/v1/organizations/handshakes", invitations.list_handshakes),
    ("GET", "/v1/received-handshakes", invitations.list_received_handshakes),
    ("GET", "/v1/organizations/handshakes/<handshake_id>", invitations.show_handshake),
    # others
    ("GET", "/v1/organizations/entities", entities.list_entities),
    ("GET", "/v1/organizations/quotas", quotas.list_quotas),
    ("GET", "/v1/organizations/services", services.list_services),
    ("GET", "/v1/organizations/tag-policy-services", services.list_tag_policy_services),
    (
        "GET",
        "/v1/organizations/entities/effective-policies",
        policies.show_effective_policies,
    ),
    # organizations
    ("POST", "/v1/organizations", organizations.create_organization),
    ("DELETE", "/v1/organizations", organizations.delete_organization),
    ("POST", "/v1/organizations/leave", organizations.leave_organization),
    ("GET", "/v1/organizations/roots", units.list_roots),
    ("GET", "/v1/organizations", organizations.show_organization),
    # organizational units
    ("POST", "/v1/organizations/organizational-units", units.create_organizational_unit),
    (
        "DELETE",
        "/v1/organizations/organizational-units/<organizational_unit_id>",
        units.delete_organizational_unit,
    ),
    ("GET", "/v1/organizations/organizational-units", units.list_organizational_units),
    (
        "GET",
        "/v1/organizations/organizational-units/<organizational_unit_id>",
        units.show_organizational_unit,
    ),
    (
        "PATCH",
        "/v1/organizations/organizational-units/<organizational_unit_id>",
        units.update_organizational_unit,
    ),
    # policies
    ("POST", "/v1/organizations/policies/<policy_id>/attach", policies.attach_policy),
    ("POST", "/v1/organizations/policies", policies.create_policy),
    ("DELETE", "/v1/organizations/policies/<policy_id>", policies.delete_policy),
    ("POST", "/v1/organizations/policies/<policy_id>/detach", policies.detach_policy),
    ("POST", "/v1/organizations/policies/disable", policies.disable_policy_type),
    ("POST", "/v1/organizations/policies/enable", policies.enable_policy_type),
    (
        "GET",
        "/v1/organizations/policies/<policy_id>/attached-entities",
        policies.list_entities_for_policy,
    ),
    ("GET", "/v1/organizations/policies", policies.list_policies),
    ("GET", "/v1/organizations/policies/<policy_id>", policies.show_policy),
    ("PATCH", "/v1/organizations/policies/<policy_id>", policies.update_policy),
    # tags
    (
        "POST",
        "/v1/organizations/<resource_type>/<resource_id>/tags/create",
        tags.create_tag_resource,
    ),
    (
        "POST",
        "/v1/organizations/<resource_type>/<resource_id>/tags/delete",
        tags.delete_tag_resource,
    ),
    (
        "POST",
        "/v1/organizations/<resource_type>/resource-instances/filter",
        tags.list_resource_instances,
    ),
    ("GET", "/v1/organizations/<resource_type>/tags", tags.list_resource_tags),
    ("GET", "/v1/organizations/<resource_type>/<resource_id>/tags", tags.list_tag_resources),
    ("GET", "/v1/organizations/resources/<resource_id>/tags", tags.list_tags_for_resource),
    (
        "POST",
        "/v1/organizations/<resource_type>/resource-instances/count",
        tags.show_resource_instances_count,
    ),
    ("POST", "/v1/organizations/resources/<resource_id>/tag", tags.tag_resource),
    ("POST", "/v1/organizations/resources/<resource_id>/untag", tags.untag_resource),
    # trusted services
    (
        "POST",
        "/v1/organizations/trusted-services/disable",
        trusted_services.disable_trusted_service,
    ),
    (
        "POST",
        "/v1/organizations/trusted-services/enable",
        trusted_services.enable_trusted_service,
    ),
    ("GET", "/v1/organizations/trusted-services", trusted_services.list_trusted_services),
)

# What the vendor's API does not have, with the same signature. Bodies and queries hold nothing that is not
# known.
EXTENSIONS: Sequence[tuple[str, str, Endpoint]] = (
    ("GET", "/x/v1/tree", structure.show_tree),
    (
        "POST",
        "/x/v1/organizational-units/<organizational_unit_id>/move",
        structure.move_organizational_unit,
    ),
    ("POST", "/x/v1/authorize", decisions.authorize),
    ("POST", "/x/v1/authorize/batch", decisions.authorize_batch),
    ("POST", "/x/v1/explain", decisions.explain),
    ("GET", "/x/v1/entities/<entity_id>/effective-scp", decisions.show_effective_scp),
    ("POST", "/x/v1/previews/account-moves", previews.preview_account_moves),
    ("POST", "/x/v1/previews/organizational-unit-move", previews.preview_unit_move),
    ("POST", "/x/v1/previews/attach", previews.preview_attach),
    ("POST", "/x/v1/previews/detach", previews.preview_detach),
    ("POST", "/x/v1/previews/save", previews.preview_save),
    ("GET", "/x/v1/export", organization_files.export_organization),
    ("POST", "/x/v1/import/plan", organization_files.plan_import),
    ("POST", "/x/v1/import", organization_files.import_organization),
)


class Methods:
    """The operations of one path, by method."""

    def __init__(self, by_method: dict[str, Endpoint]) -> None:
        self.by_method = by_method

    def __call__(self, request: HttpRequest, **kwargs: str) -> HttpResponse:
        """Answer, or say that there is no such operation."""
        found = self.by_method.get(str(request.META["REQUEST_METHOD"]))
        return no_operation(request) if found is None else found(request, **kwargs)


def _patterns() -> list[URLPattern]:
    """One pattern for each path. Literal parts win over placeholders, so they come first."""
    paths: dict[str, dict[str, Endpoint]] = {}
    for method, route, function in (*ROUTES, *EXTENSIONS):
        paths.setdefault(route.lstrip("/"), {})[method] = function
    order = sorted(paths, key=lambda route: [part.startswith("<") for part in route.split("/")])
    return [path(route, Methods(paths[route])) for route in order]


DOCUMENT = Document((*ROUTES, *EXTENSIONS))

urlpatterns = [path("openapi.json", DOCUMENT), *_patterns()]
