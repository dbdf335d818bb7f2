"""What the database itself refuses, beyond Django's constraints (reliability rules R5, R8).

Triggers, on both databases: events are never altered, and parent, account and tag stay within one
organization (I1, I5, I7). They are put in place after every `migrate` and not by a migration, because
SQLite drops a table's triggers whenever a later migration rebuilds the table.
"""

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

EVENT_TABLES = ("orgs_event", "orgs_eventtarget")

# (table, column that refers, table referred to): both rows carry organization_id, and it must agree.
SAME_ORGANIZATION = (
    ("orgs_organizationalunit", "parent_id", "orgs_organizationalunit"),
    ("orgs_account", "unit_id", "orgs_organizationalunit"),
    ("orgs_tag", "unit_id", "orgs_organizationalunit"),
    ("orgs_tag", "account_id", "orgs_account"),
    ("orgs_tag", "policy_id", "orgs_policy"),
    ("orgs_attachment", "unit_id", "orgs_organizationalunit"),
    ("orgs_attachment", "account_id", "orgs_account"),
    ("orgs_policyversion", "policy_id", "orgs_policy"),
    ("orgs_policytest", "account_id", "orgs_account"),
    ("orgs_delegatedadministrator", "account_id", "orgs_account"),
    ("orgs_delegatedadministrator", "trusted_service_id", "orgs_trustedservice"),
    ("orgs_creationrequest", "destination_id", "orgs_organizationalunit"),
    ("orgs_invitation", "destination_id", "orgs_organizationalunit"),
)


# Either of the same organization, or of none because it is built in for all.
BUILT_IN_OR_OURS = (("orgs_attachment", "policy_id", "orgs_policy"),)


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place. Safe to run again."""
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)


def lift_event_guards(connection: BaseDatabaseWrapper) -> None:
    """Let events be altered: only for a test database, which is emptied between tests."""
    with connection.cursor() as cursor:
        for table in EVENT_TABLES:
            for act in ("update", "delete", "truncate"):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}{on}")


def _references() -> Iterator[tuple[str, str, str]]:
    """Table, column, and what finds the organization of the row that a new one refers to."""
    for table, column, referred in SAME_ORGANIZATION:
        yield table, column, f"(SELECT organization_id FROM {referred} WHERE id = NEW.{column})"
    for table, column, referred in BUILT_IN_OR_OURS:
        found = f"(SELECT organization_id FROM {referred} WHERE id = NEW.{column})"
        yield table, column, f"COALESCE({found}, NEW.organization_id)"


def _statements(vendor: str) -> list[str]:
    return _postgresql() if vendor == "postgresql" else _sqlite()


def _sqlite() -> list[str]:
    statements = [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{act} BEFORE {act.upper()} ON {table}"
        " BEGIN SELECT RAISE(ABORT, 'events are never altered'); END"
        for table in EVENT_TABLES
        for act in ("update", "delete")
    ]
    for table, column, organization in _references():
        for act in ("INSERT", f"UPDATE OF {column}, organization_id"):
            name = f"{table}_{column}_{act.split()[0].lower()}"
            statements.append(
                f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {act} ON {table}"
                f" WHEN NEW.{column} IS NOT NULL AND {organization} IS NOT NEW.organization_id"
                " BEGIN SELECT RAISE(ABORT, 'not of the same organization'); END"
            )
    return statements


def _postgresql() -> list[str]:
    statements = [
        "CREATE OR REPLACE FUNCTION orgs_events_are_never_altered() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'events are never altered' USING ERRCODE = '23514'; END $$"
    ]
    for table in EVENT_TABLES:
        for act in ("update", "delete", "truncate"):
            statements.append(
                f"CREATE OR REPLACE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION orgs_events_are_never_altered()"
            )
    for table, column, organization in _references():
        name = f"{table}_{column}"
        statements += [
            f"CREATE OR REPLACE FUNCTION {name}_is_ours() RETURNS trigger LANGUAGE plpgsql AS $$"
            # Looked up by its key alone: asked for both, the planner took an index on the organization
            # in a table it knew nothing of yet, and read all its rows for each of 100,000 inserts.
            f" BEGIN IF NEW.{column} IS NOT NULL AND {organization} IS DISTINCT FROM NEW.organization_id"
            " THEN RAISE EXCEPTION 'not of the same organization' USING ERRCODE = '23514';"
            " END IF; RETURN NEW; END $$",
            f"CREATE OR REPLACE TRIGGER {name}_guard BEFORE INSERT OR UPDATE OF {column}, organization_id"
            f" ON {table} FOR EACH ROW EXECUTE FUNCTION {name}_is_ours()",
        ]
    return statements
