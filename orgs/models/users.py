"""Users of accounts, and operators of the installation, who have no account."""

from django.contrib.auth.models import AbstractUser, Group
from django.db import models
from django.utils.translation import gettext_lazy as _

# Who operates the installation: users of no account who are marked for it.
OPERATORS = models.Q(account=None, is_staff=True, is_active=True)


class Role(models.TextChoices):
    """What a user is within its account (R-PERM-2)."""

    ADMINISTRATOR = "administrator", _("Administrator")
    READER = "reader", _("Reader")

    def group_name(self, account_id: str) -> str:
        """The name of the group that carries the grants of this role in an account."""
        return f"{account_id}/{self.value}"


class User(AbstractUser):
    """Somebody who signs in.

    Belongs to one account; operators belong to none. Membership of the role's group is the only truth
    of the role.
    """

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    account = models.ForeignKey(
        "orgs.Account", on_delete=models.PROTECT, null=True, blank=True, related_name="users"
    )

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.username

    def get_full_name(self) -> str:
        """The name to address the person by."""
        return self.username

    def get_short_name(self) -> str:
        """The same; a user name is all we ask for."""
        return self.username

    @property
    def is_operator(self) -> bool:
        """Whether this user operates the installation, as `OPERATORS` asks the database."""
        return self.account_id is None and self.is_staff and self.is_active

    @property
    def role(self) -> Role | None:
        """The role in its account; one statement."""
        if self.account_id is None:
            return None
        kept = Group.objects.filter(user=self).values_list("name", flat=True)
        return next((role for role in Role if role.group_name(self.account_id) in kept), None)
