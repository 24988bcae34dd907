"""Statements in the shapes of the Data API.

Evidence: https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_DescribeStatement.html
"""

from __future__ import annotations

from typing import Any

from local_aws.errors import AwsError
from local_aws.sql.redshift.statement import Part, Statement

Shape = dict[str, Any]


def described(statement: Statement, part: Part | None, identifier: str) -> Shape:
    """The answer of DescribeStatement, for a whole request or for one part of it."""
    shape = {
        "Id": identifier,
        "CreatedAt": statement.created,
        "UpdatedAt": statement.updated,
        "Status": statement.status,
        "Error": statement.error,
        "Duration": statement.duration,
        "Database": statement.database,
        "ClusterIdentifier": statement.cluster,
        "WorkgroupName": statement.workgroup,
        "DbUser": statement.user if statement.cluster else None,
        "SecretArn": statement.secret,
        "SessionId": statement.session_id,
        "ResultFormat": statement.format,
        "RedshiftPid": statement.pid,
        "QueryParameters": _shown(statement) or None,
    }
    if part is not None or not statement.batch:
        one = part or statement.parts[0]
        found = _part_shape(one)
        return {
            **shape,
            **found,
            "Error": one.error or shape["Error"],
            "Status": statement.status if part is None else one.status,
        }
    parts = statement.parts
    return {
        **shape,
        "HasResultSet": statement.has_result,
        "RedshiftQueryId": 0 if not statement.is_active else -1,
        "ResultRows": sum(_rows(each) for each in parts) if not statement.is_active else -1,
        "ResultSize": sum(_size(each) for each in parts) if not statement.is_active else -1,
        "SubStatements": [{"Id": f"{statement.id}:{n}", **_part_shape(each)} for n, each in enumerate(parts, 1)],
        "ExecutionMode": statement.mode,
    }


def listed(each: Statement) -> Shape:
    """A member of ListStatements' answer."""
    return {
        "Id": each.id,
        "QueryString": None if each.batch else each.parts[0].sql,
        "QueryStrings": [part.sql for part in each.parts] if each.batch else None,
        "SecretArn": each.secret,
        "Status": each.status,
        "StatementName": each.name,
        "CreatedAt": each.created,
        "UpdatedAt": each.updated,
        "QueryParameters": _shown(each) or None,
        "IsBatchStatement": each.batch,
        "ResultFormat": each.format,
        "SessionId": each.session_id,
    }


def _shown(statement: Statement) -> list[Shape]:
    return [{"name": name, "value": value} for name, value in statement.parameters.items()]


def places(statement: Statement) -> tuple[tuple[str, str | None], ...]:
    return (
        ("Database", statement.database),
        ("ClusterIdentifier", statement.cluster),
        ("WorkgroupName", statement.workgroup),
    )


def _rows(part: Part) -> int:
    return part.result.rows if part.result else part.changed


def _size(part: Part) -> int:
    return part.result.size if part.result else 0


def _part_shape(part: Part) -> Shape:
    ended = part.status == "FINISHED"
    return {
        "CreatedAt": part.created,
        "UpdatedAt": part.updated,
        "Duration": part.duration,
        "Error": part.error,
        "HasResultSet": part.result is not None,
        "QueryString": part.sql,
        "RedshiftQueryId": part.query_id or -1,
        "ResultRows": _rows(part) if ended else -1,
        "ResultSize": _size(part) if ended else -1,
        "Status": part.status,
    }


def paged(member: str, found: list[Any], params: Shape, most: int) -> Shape:
    token = str(params.get("NextToken") or "0")
    if not token.isdigit():
        raise AwsError("ValidationException", "NextToken is not valid.")
    start = int(token)
    end = start + (params.get("MaxResults") or most)
    return {member: found[start:end], "NextToken": str(end) if end < len(found) else None}
