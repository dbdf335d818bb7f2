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
from orgs.statements import prepared_cursor

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
    """A number over all rows of all our tables: one of MD5s on PostgreSQL, else a SHA-256.

    It is asked for some ten thousand times, and PostgreSQL counts over its rows itself in a fifteenth of
    the time in which it gives them away.
    """
    if connection.vendor == "postgresql":
        return _counted_by_postgresql()
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


def _counted_by_postgresql() -> str:
    with prepared_cursor() as cursor:
        cursor.execute(_one_statement())
        return repr(cursor.fetchone())


@cache
def _one_statement() -> str:
    tables = [connection.ops.quote_name(model._meta.db_table) for model in domain_models()]
    rows = "SELECT md5(string_agg(md5(row::text), '' ORDER BY md5(row::text))) FROM {} AS row"
    return "SELECT " + ", ".join(f"({rows.format(table)})" for table in tables)


@cache
def _statements() -> list[tuple[str, tuple[Any, ...]]]:
    """Of each table all rows. The statements are asked often, so they are put together once."""
    found = []
    for model in domain_models():
        columns = sorted(field.attname for field in model._meta.concrete_fields)
        rows = model._default_manager.order_by("pk").values_list(*columns)
        found.append(rows.query.sql_with_params())
    return found
