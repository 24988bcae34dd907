"""Functions that DuckDB has not, in Python over Arrow columns; a database gets one when a query first calls it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.sql import arrow_types, types

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


@dataclass(frozen=True)
class PythonFunction:
    """A function of rows; NULL in, NULL out.

    :param params: DuckDB types.
    """

    body: Callable[..., Any]
    params: tuple[str, ...]
    result: str

    @property
    def vectorized(self) -> Callable[..., Any]:
        """The function over Arrow columns, with as many parameters as it is given: DuckDB counts them."""
        run = self._run
        arities: dict[int, Callable[..., Any]] = {
            1: lambda a: run(a),  # noqa: PLW0108 - `run` takes any number, which DuckDB cannot count
            2: lambda a, b: run(a, b),  # noqa: PLW0108
            3: lambda a, b, c: run(a, b, c),  # noqa: PLW0108
            4: lambda a, b, c, d: run(a, b, c, d),  # noqa: PLW0108
            5: lambda a, b, c, d, e: run(a, b, c, d, e),  # noqa: PLW0108
        }
        return arities[len(self.params)]

    def _run(self, *columns: pa.ChunkedArray) -> pa.ChunkedArray:
        import pyarrow as pa

        kind = arrow_types.to_arrow(types.parse(self.result))
        cells: Iterable[tuple[Any, ...]] = zip(*(column.to_pylist() for column in columns), strict=True)
        return pa.chunked_array([pa.array([None if None in row else self.body(*row) for row in cells], kind)])


class PythonFunctions:
    """The functions that one database has been given.

    :param database: the connection that outlives all cursors: DuckDB frees a function with the one that made it.
    :param functions: those that there are, by the name in DuckDB, which begins with `py_`.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection, functions: Mapping[str, PythonFunction]) -> None:
        self._database = database
        self._functions = functions
        self._lock = threading.Lock()
        self._known: dict[str, Callable[..., Any]] = {}

    def provide(self, sql: str) -> None:
        """Make those known that `sql` calls."""
        if "py_" not in sql:
            return
        with self._lock:
            for name in self._functions:
                if f"{name}(" in sql:
                    self._make(name)

    def provide_all(self) -> None:
        with self._lock:
            for name in self._functions:
                self._make(name)

    def _make(self, name: str) -> None:
        if name in self._known:
            return
        function = self._functions[name]
        made, params = function.vectorized, list(function.params)
        options: dict[str, Any] = {"type": "arrow", "null_handling": "special"}
        self._database.create_function(name, made, params, function.result, **options)  # type: ignore[arg-type]
        self._known[name] = made
