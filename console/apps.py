"""The console as a Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    """The site people use in a browser."""

    name = "console"
    verbose_name = _("Console")
