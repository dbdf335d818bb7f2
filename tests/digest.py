"""One number for everything that is kept: a refusal leaves it as it was."""

import hashlib
from functools import cache
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection, models

from orgs.models import Job, Organization, RateLimit, RecordedCall

# What is counted and written down of calls, whatever becomes of them.
BESIDE_THE_CHANGES = {RateLimit, RecordedCall}


def domain_models() -> list[type[models.Model]]:
    """Every model of ours, the groups that carry the roles, and what allauth keeps for us."""
    every = apps.get_app_config("orgs").get_models(include_auto_created=True)
    ours = [model for model in every if model not in BESIDE_THE_CHANGES]
    return sorted(
        [*ours, Group, Authenticator, UserSession], key=lambda model: model._meta.db_table
    )


def digest_of_database() -> str:
    """SHA-256 over all rows of all our tables, in a fixed order of tables, rows and columns."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for statement, parameters in _statements():
            cursor.execute(statement, parameters)
            digest.update(repr((statement, cursor.fetchall())).encode())
    return digest.hexdigest()


def digest_of_organization(organization_id: str) -> str:
    """The same over the rows of one organization, and its own; but for jobs, which say what is to be done."""
    digest = hashlib.sha256()
    for model in domain_models():
        names = {field.name for field in model._meta.concrete_fields}
        if model is Job or (model is not Organization and "organization" not in names):
            continue
        own = "pk" if model is Organization else "organization"
        columns = sorted(field.attname for field in model._meta.concrete_fields)
        rows = model._default_manager.filter(**{own: organization_id}).order_by("pk")
        digest.update(repr((model.__name__, list(rows.values_list(*columns)))).encode())
    return digest.hexdigest()


@cache
def _statements() -> list[tuple[str, tuple[Any, ...]]]:
    """Of each table all rows. The statements are asked often, so they are put together once."""
    found = []
    for model in domain_models():
        columns = sorted(field.attname for field in model._meta.concrete_fields)
        rows = model._default_manager.order_by("pk").values_list(*columns)
        found.append(rows.query.sql_with_params())
    return found
