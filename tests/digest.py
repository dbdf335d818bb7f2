"""One number for everything that is kept: a refusal leaves it as it was."""

import hashlib
import json

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


def domain_models() -> list[type[models.Model]]:
    """Every model of ours, the groups that carry the roles, and what allauth keeps for us."""
    ours = list(apps.get_app_config("orgs").get_models(include_auto_created=True))
    return sorted(
        [*ours, Group, Authenticator, UserSession], key=lambda model: model._meta.db_table
    )


def digest_of_database() -> str:
    """SHA-256 over all rows of all our tables, in a fixed order of tables, rows and columns."""
    digest = hashlib.sha256()
    for model in domain_models():
        columns = sorted(field.attname for field in model._meta.concrete_fields)
        digest.update(json.dumps([model._meta.db_table, columns]).encode())
        for row in model._default_manager.order_by("pk").values_list(*columns):
            kept = [
                bytes(cell).hex() if isinstance(cell, (bytes, memoryview)) else cell for cell in row
            ]
            digest.update(json.dumps(kept, cls=DjangoJSONEncoder, sort_keys=True).encode())
    return digest.hexdigest()
