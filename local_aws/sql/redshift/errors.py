"""SQL errors in Redshift's words: what a statement of the Data API shows in `Error`.

Evidence: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-troubleshooting.html and PostgreSQL 8.0's messages,
which Redshift's leader node kept (https://docs.aws.amazon.com/redshift/latest/dg/c_redshift-and-postgres-sql.html).
"""

from __future__ import annotations

import re

import duckdb


class SqlError(Exception):
    """A statement that fails. `str(error)` is the whole text, beginning with `ERROR: ` or `FATAL: `."""


def error(message: str) -> SqlError:
    return SqlError(f"ERROR: {message}")


def unsupported(feature: str) -> SqlError:
    """What Redshift has and local_aws does not."""
    return error(f"local_aws does not support {feature}")


def no_relation(name: str) -> SqlError:
    return error(f'relation "{name}" does not exist')


def syntax(near: str) -> SqlError:
    return error(f'syntax error at or near "{near}"')


def detail(message: str, code: int, context: str) -> str:
    """A message with the block that a compute node adds to it."""
    rule = "-----------------------------------------------"
    return (
        f"{message}\n  Detail: \n  {rule}\n  error:  {message}\n  code:      {code}\n  context:   {context}\n  {rule}"
    )


_SERIALIZATION = "1023 DETAIL: Serializable isolation violation on table in Redshift"

# (what DuckDB says, what Redshift says): first match wins; groups are quoted as they come
_TRANSLATIONS: tuple[tuple[str, str], ...] = (
    (r"write-write conflict|Conflict on|TransactionContext Error.*[Cc]onflict", _SERIALIZATION),
    (r"Division by zero", "division by zero"),
    (r"Could not convert string '(.*)' to INT\d+", 'invalid input syntax for integer: "{0}"'),
    (r"Could not convert string '(.*)' to (?:DOUBLE|FLOAT|DECIMAL.*)", 'invalid input syntax for type numeric: "{0}"'),
    (r"Could not convert string '(.*)' to BOOL", 'invalid input syntax for type boolean: "{0}"'),
    (r'invalid date field format: "([^"]*)"', 'invalid input syntax for type date: "{0}"'),
    (r'invalid timestamp field format: "([^"]*)"', 'invalid input syntax for type timestamp: "{0}"'),
    (r"date field value out of range: \"([^\"]*)\"", 'date/time field value out of range: "{0}"'),
    (r"Could not cast value .* to DECIMAL", "Numeric data overflow (result precision)"),
    (r"Overflow in .* of INT16", "smallint out of range"),
    (r"Overflow in .* of INT32", "integer out of range"),
    (r"Overflow in .* of INT64", "bigint out of range"),
    (r"Overflow in .* of (?:INT|HUGEINT|DECIMAL).*", "Numeric data overflow (result precision)"),
    (r"Type INT\d+ with value (.*) can't be cast .* INT16", "Value out of range for 2 bytes: {0}"),
    (r"Type INT\d+ with value (.*) can't be cast .* INT32", "Value out of range for 4 bytes: {0}"),
    (r"(?:Type|value) .* (?:can't be cast|out of range).*", "Numeric data overflow (result precision)"),
    (r'Column "([^"]+)" referenced that exists in the SELECT clause', 'column "{0}" does not exist'),
    (r'Referenced column "([^"]+)" not found', 'column "{0}" does not exist'),
    (r'does not have a column named "([^"]+)"', 'column "{0}" does not exist'),
    (r'Referenced table "([^"]+)" not found', 'missing FROM-clause entry for table "{0}"'),
    (r'Ambiguous reference to column name "([^"]+)"', 'column reference "{0}" is ambiguous'),
    (
        r'column "?([^" ]+)"? must appear in the GROUP BY clause',
        'column "{0}" must appear in the GROUP BY clause or be used in an aggregate function',
    ),
    (r"More than one row returned by a subquery", "more than one row returned by a subquery used as an expression"),
    (r"MERGE .*multiple|multiple.*same row|more than once.*MERGE", "Found multiple matches to update the same tuple."),
    (
        r"Set operations can only apply to expressions",
        "each UNION, INTERSECT or MINUS query must have the same columns",
    ),
    (r"Subquery returns \d+ columns - expected 1", "subquery must return only one column"),
    (r"Cannot compare values of type (\S+) and (?:type )?(\S+)", "operator does not exist: {0} = {1}"),
    (r"Cannot mix values of type (\S+) and (\S+) in (\w+)", "{2} types {0} and {1} cannot be matched"),
    (r"(\S+) cannot mix (\S+) and (\S+) arguments", "{0} types {1} and {2} cannot be matched"),
    (r"Could not convert string '(.*)' to (?:DATE|TIMESTAMP\S*)", 'invalid input syntax for type timestamp: "{0}"'),
    (r"WHERE clause cannot contain aggregates", "aggregates not allowed in WHERE clause"),
    (r"has (\d+) columns but (\d+) values were supplied", "INSERT has more expressions than target columns"),
)


def from_duckdb(problem: Exception) -> SqlError:
    """The engine's failure, as Redshift words it; what has no translation keeps the engine's first line."""
    text = str(problem)
    if isinstance(problem, duckdb.ConstraintException):
        return _constraint(text)
    own = re.search(r"ValueError: (ERROR: .*?)(?:\n\nAt:|$)", text, re.DOTALL)
    if own:
        return SqlError(own.group(1).strip())
    for pattern, message in _TRANSLATIONS:
        found = re.search(pattern, text, re.DOTALL if pattern.startswith("Could") else 0)
        if found:
            return error(message.format(*map(_plain_kinds, found.groups())))
    user = re.search(r"Invalid Input Error: (ERROR: .*)", text, re.DOTALL)
    if user:
        return SqlError(user.group(1))
    call = re.search(r"No function matches the given name and argument types '([^']*)'", text)
    call = call or re.search(r'best candidate function for the function call "(.*?)"\.', text)
    if call:
        return error(f"function {_plain_kinds(call.group(1)).lower()} does not exist")
    first = text.split("\n", 1)[0]
    return error(re.sub(r"^[A-Z][A-Za-z ]+ Error: ", "", first))


def _plain_kinds(text: str) -> str:
    """The engine's names of types as Redshift's."""
    return re.sub(r"\b(?:INTEGER_LITERAL|STRING_LITERAL|VARCHAR|INTEGER|BIGINT)\b", lambda n: _KINDS[n.group()], text)


_KINDS = {
    "INTEGER_LITERAL": "integer",
    "STRING_LITERAL": '"unknown"',
    "VARCHAR": "character varying",
    "INTEGER": "integer",
    "BIGINT": "bigint",
}


def _constraint(text: str) -> SqlError:
    null = re.search(r"NOT NULL constraint failed: (?:.*\.)?(\w+)", text)
    if null:
        message = f"Cannot insert a NULL value into column {null.group(1)}"
        return error(detail(message, 8007, f"Column {null.group(1)} is NOT NULL"))
    if re.search(r"= length\(", text):
        return error("Multibyte character not supported for CHAR (Hint: try using VARCHAR).")
    length = re.search(r"<= (\d+)", text)
    size = int(length.group(1)) if length else 0
    shown = f"character({size // 8})" if "bit_length" in text else f"character varying({size})"
    context = f"Value too long for type {shown}"
    return error(detail("Value too long for character type", 8001, context))
