"""Statements that are put together once and run often.

Django takes several times longer to put a statement together than a database takes to run it. Where
nothing but values changes between two runs, a `Statement` keeps the text, and is given the values.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Expression, Field, QuerySet, TextField
from django.db.models.sql.compiler import SQLCompiler


class Given(Expression):
    """The place of a value in a statement, which is named when the statement is run."""

    def __init__(self, name: str, field: Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=field or TextField())
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:  # noqa: ARG002  (its interface)
        """A parameter that is this place itself."""
        return "%s", (self,)

    def taken_from(self, given: dict[str, Any]) -> Any:
        """The value as the database takes it."""
        return self.output_field.get_db_prep_value(given[self.name], connection)


class Statement:
    """Rows of a query set in which some values are `Given`; each run is one statement.

    `write` makes the query set, of `values_list`. It is called once for each kind of database, so
    nothing in it may depend on anything but the code.
    """

    def __init__(self, write: Callable[[], QuerySet[Any, Any]]) -> None:
        self._write = write
        self._written: dict[str, tuple[str, Sequence[Any], SQLCompiler]] = {}

    def __call__(self, **given: Any) -> list[Sequence[Any]]:
        """The rows for these values."""
        sql, params, compiler = self._written.get(connection.vendor) or self._put_together()
        values = [
            param.taken_from(given) if isinstance(param, Given) else param for param in params
        ]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            rows = cursor.fetchall()
        return list(compiler.results_iter([rows], tuple_expected=True))

    def _put_together(self) -> tuple[str, Sequence[Any], SQLCompiler]:
        compiler = self._write().query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        written = self._written[connection.vendor] = (sql, params, compiler)
        return written
