"""Statements that are put together once and run often.

Django takes several times longer to put a statement together than a database takes to run it. Where
nothing but values changes between two runs, a `Statement` keeps the text, and is given the values.
`InstanceStatement` does the same for a model and what is selected with it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Expression, Field, Func, Model, QuerySet, TextField
from django.db.models.fetch_modes import FETCH_ONE
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler


class Among(Func):
    """Whether a column is among the rows of a query set, which are found before all others.

    `Among("group", Subquery(…))`. `IN (SELECT …)` PostgreSQL makes a join of; where it takes a table for
    empty, as after many rows have gone, it asks for the inner rows anew with each outer one. An array is
    made once, whatever it expects.
    """

    arity = 2
    template = "%(expressions)s"
    arg_joiner = " IN "
    output_field = BooleanField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: Any, **extra: Any
    ) -> tuple[str, Any]:
        """The same with an array."""
        return self.as_sql(
            compiler,
            connection,
            template="%(expressions)s)",
            arg_joiner=" = ANY(ARRAY",
            **extra,
        )


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


@contextmanager
def prepared_cursor() -> Iterator[Any]:
    """A cursor whose statements PostgreSQL plans once for each connection; any other database's own."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            from django.db.backends.postgresql.base import (  # noqa: PLC0415  (not loaded for SQLite)
                ServerBindingCursor,
            )

            # Django's own puts values into the text, so each text is another one to plan.
            cursor.cursor = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]  # its stub forgets psycopg
        yield cursor


@dataclass(frozen=True, slots=True)
class _Written:
    """A statement as a kind of database takes it, and how its rows become values."""

    sql: str
    params: Sequence[Any]
    compiler: SQLCompiler
    converters: dict[int, Any]

    def read(self, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """The rows with the values that their columns stand for."""
        if not self.converters:
            return list(rows)
        return [tuple(row) for row in self.compiler.apply_converters(rows, self.converters)]


class Statement:
    """Rows of a query set in which some values are `Given`; each run is one statement.

    `write` makes the query set, of `values_list`. It is called once for each kind of database, so
    nothing in it may depend on anything but the code.

    One that is `prepared` PostgreSQL plans once for each connection. For rows that are found by their keys,
    whatever else there is: the plan stays as tables grow.
    """

    def __init__(self, write: Callable[[], QuerySet[Any, Any]], *, prepared: bool = False) -> None:
        self._write = write
        self._prepared = prepared
        self._written: dict[str, _Written] = {}

    def __call__(self, **given: Any) -> list[Sequence[Any]]:
        """The rows for these values."""
        written, values = self._filled(given)
        with prepared_cursor() if self._prepared else connection.cursor() as cursor:
            cursor.execute(written.sql, values)
            return written.read(cursor.fetchall())

    def parts(self, size: int, **given: Any) -> Iterator[list[Sequence[Any]]]:
        """The same rows, so many at a time: what becomes of a part can be forgotten before the next."""
        written, values = self._filled(given)
        with connection.cursor() as cursor:
            cursor.execute(written.sql, values)
            while rows := cursor.fetchmany(size):
                yield written.read(rows)

    @property
    def compiler(self) -> SQLCompiler:
        """What knows which columns a row has."""
        return self._once_written().compiler

    def _filled(self, given: dict[str, Any]) -> tuple[_Written, list[Any]]:
        written = self._once_written()
        values = [
            param.taken_from(given) if isinstance(param, Given) else param
            for param in written.params
        ]
        return written, values

    def _once_written(self) -> _Written:
        return self._written.get(connection.vendor) or self._put_together()

    def _put_together(self) -> _Written:
        compiler = self._write().query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [column for column, *_sql in compiler.select[: compiler.col_count]]
        converters = compiler.get_converters(columns)
        written = self._written[connection.vendor] = _Written(sql, params, compiler, converters)
        return written


class InstanceStatement[Row: Model]:
    """Instances of a query set in which some values are `Given`, with what is selected with them.

    For a row or two that almost every request asks for: the row is read as Django's own loop over a query
    set reads it, annotations and related instances included.
    """

    def __init__(self, write: Callable[[], QuerySet[Row]], *, prepared: bool = False) -> None:
        self._statement = Statement(write, prepared=prepared)

    def first(self, **given: Any) -> Row | None:
        """The first instance for these values, if there is one."""
        rows = self._statement(**given)
        return self._instance(rows[0]) if rows else None

    def _instance(self, row: Sequence[Any]) -> Row:
        compiler = self._statement.compiler
        kept = compiler.klass_info
        begin, end = kept["select_fields"][0], kept["select_fields"][-1] + 1
        names = [column.target.attname for column, *_sql in compiler.select[begin:end]]
        instance: Row = kept["model"].from_db(
            connection.alias, names, row[begin:end], fetch_mode=FETCH_ONE
        )
        related = get_related_populators(kept, compiler.select, connection.alias, FETCH_ONE)
        for populator in related:
            populator.populate(row, instance)
        for name, place in (compiler.annotation_col_map or {}).items():
            setattr(instance, name, row[place])
        return instance
