"""Policies: what they are called, what they say, and every text they ever had."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgs import errors, identifiers, names

FULL_ACCESS = "p-FullAccess"  # what is built in, and hangs everywhere at first (R-PT-4)


class PolicyType(models.TextChoices):
    """What kinds of policies there are (R-PT-1)."""

    SERVICE_CONTROL_POLICY = "service_control_policy", _("Service control policy")
    TAG_POLICY = "tag_policy", _("Tag policy")


class PolicyQuerySet(models.QuerySet["Policy"]):
    """Questions to policies. Whoever asks says first whether those that bind are meant, or those on trial."""

    def of(self, organization_id: str | None) -> "PolicyQuerySet":
        """The policies an organization has: its own, and those built in for all."""
        ours = models.Q(organization=organization_id) if organization_id else models.Q(pk=None)
        return self.filter(ours | models.Q(organization=None))

    def enforced(self) -> "PolicyQuerySet":
        """Those that bind where they are attached."""
        return self.filter(is_dry_run=False)

    def dry_run(self) -> "PolicyQuerySet":
        """Those on trial, which never bind (R-DRY-6)."""
        return self.filter(is_dry_run=True)

    def custom(self) -> "PolicyQuerySet":
        """Those that are not built in."""
        return self.filter(organization__isnull=False)

    def find(self, policy_id: object) -> "Policy":
        """The policy with that id.

        Raises:
            InvalidParameter, PolicyNotFound.
        """
        checked = identifiers.POLICY.require(policy_id, field="policy_id")
        found = self.filter(pk=checked).first()
        if found is None:
            raise errors.PolicyNotFound(policy_id=checked)
        return found


class Policy(models.Model):
    """A policy of an organization, or one built in for all, which belongs to none (R-POL-8).

    `content` is kept as it was sent. `version` numbers its texts; who changes it says which one was seen
    (P5). A dry-run policy is one of a separate set that never binds anyone (R-DRY-6).
    """

    id = models.CharField(
        primary_key=True, max_length=130, default=identifiers.new_policy_id, editable=False
    )
    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, null=True, related_name="policies"
    )
    policy_type = models.CharField(_("type"), max_length=32, choices=PolicyType)
    is_dry_run = models.BooleanField(_("on trial"), default=False)
    name = models.CharField(_("name"), max_length=64)
    name_key = models.CharField(max_length=64, editable=False)
    description = models.CharField(_("description"), max_length=512, blank=True)
    content = models.TextField(_("content"))
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        default_permissions = ()
        indexes = [
            models.Index(fields=["organization", "name_key", "id"], name="policy_by_name"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "policy_type", "is_dry_run", "name_key"],
                name="policy_name_once_per_type",
            ),
            models.CheckConstraint(
                name="policy_type_known",
                condition=models.Q(policy_type__in=PolicyType.values),
            ),
            models.CheckConstraint(
                name="built_in_policy_binds",
                condition=models.Q(organization__isnull=False) | models.Q(is_dry_run=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the comparable form of the name beside it."""
        self.name_key = names.name_key(self.name)
        super().save(*args, **kwargs)

    @property
    def is_builtin(self) -> bool:
        """Whether it came with the product (R-POL-8)."""
        return self.organization_id is None


class PolicyVersion(models.Model):
    """A text that a policy had, from the save that brought it (ours)."""

    policy = models.ForeignKey("orgs.Policy", on_delete=models.CASCADE, related_name="versions")
    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="policy_versions"
    )
    number = models.PositiveIntegerField(_("version"))
    content = models.TextField(_("content"))
    saved_at = models.DateTimeField(_("saved"))
    saved_by = models.CharField(_("saved by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        default_permissions = ()
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.number}"


class PolicyTest(models.Model):
    """A question that a service control policy has to answer as expected, asked on each save (ours).

    The account is the one the question is about; without one, the policy is asked alone, as if it and an
    allowance of everything were all there is.
    """

    policy = models.ForeignKey("orgs.Policy", on_delete=models.CASCADE, related_name="tests")
    organization = models.ForeignKey(
        "orgs.Organization", on_delete=models.PROTECT, related_name="policy_tests"
    )
    name = models.CharField(_("name"), max_length=128)
    account = models.ForeignKey(
        "orgs.Account", on_delete=models.CASCADE, null=True, related_name="policy_tests"
    )
    action = models.CharField(_("action"), max_length=255)
    resource = models.CharField(_("resource"), max_length=1_500, blank=True)
    context: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        _("context"), default=dict
    )
    is_allowed = models.BooleanField(_("allowed"))
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("policy test")
        verbose_name_plural = _("policy tests")
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
