"""Access privilege inquiry functions. Deviates: privileges are not checked; there is one user, who may do everything.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_HAS_TABLE_PRIVILEGE.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_HAS_SCHEMA_PRIVILEGE.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_HAS_DATABASE_PRIVILEGE.html
"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import Call, Function, fill, typed


def _may(*privileges: str) -> Function:
    def build(call: Call) -> exp.Expr:
        wanted = call.text(len(call.arguments) - 1)
        for each in wanted.split(","):
            if each.strip().upper().removesuffix(" WITH GRANT OPTION") not in privileges:
                raise errors.error(f'unrecognized privilege type: "{wanted}"')
        return fill("CASE WHEN _1 IS NOT NULL THEN true END", [call.argument(len(call.arguments) - 2)])

    return Function(2, 3, build, typed("bool"))


PRIVILEGES: dict[str, Function] = {
    "has_table_privilege": _may("SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "REFERENCES", "TRUNCATE", "ALTER"),
    "has_schema_privilege": _may("CREATE", "USAGE"),
    "has_database_privilege": _may("CREATE", "TEMPORARY", "TEMP", "USAGE"),
}
