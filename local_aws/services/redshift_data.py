"""The Redshift Data API, over serverless workgroups and provisioned clusters.

Evidence: https://docs.aws.amazon.com/redshift-data/latest/APIReference/Welcome.html. Deviates: `WithEvent` sends no
event to EventBridge; a caller sees all statements of the account, whatever `RoleLevel` says.
"""

from __future__ import annotations

from typing import Any, ClassVar

from local_aws.errors import AwsError
from local_aws.lake import Lake
from local_aws.services.base import INTERRUPTED, Service
from local_aws.sql.redshift import errors, results, syntax
from local_aws.sql.redshift.engine import RedshiftEngine, Warehouse
from local_aws.sql.redshift.listings import Listings
from local_aws.sql.redshift.sessions import KeptSession
from local_aws.sql.redshift.shapes import described, listed, paged, places
from local_aws.sql.redshift.statement import Part, Statement
from local_aws.sql.redshift.statements import Statements

Params = dict[str, Any]
LARGEST_STATEMENT = 100 * 1024


class RedshiftData(Service):
    name: ClassVar[str] = "redshift-data"

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        engine = lake.engines["REDSHIFT"]
        assert isinstance(engine, RedshiftEngine)
        self._engine = engine
        self._statements = Statements(engine)
        self._listings = Listings(engine)
        engine.on_stop(self._statements.sessions.end)

    def kept_maps(self) -> tuple[tuple[str, dict[Any, Any]], ...]:
        return (("statements", self._statements.all), ("tokens", self._statements.tokens))

    def settled(self, name: str, entity: Any) -> bool:
        return name == "tokens" or not entity.is_active

    def recover(self) -> None:
        self._statements.recover(INTERRUPTED)

    # running
    def execute_statement(self, params: Params) -> Params:
        return self._submit(params, [params["Sql"]], batch=False)

    def batch_execute_statement(self, params: Params) -> Params:
        return self._submit(params, params["Sqls"], batch=True)

    def _submit(self, params: Params, sqls: list[str], batch: bool) -> Params:
        _check_request(params, sqls)
        parameters = _parameters(params)
        _check_parameters(sqls, parameters)
        session = self._known_session(params)
        now = self.lake.clock.now()
        statement = Statement(
            id=self.lake.new_id(),
            database=session.database if session else self._database(params),
            user=session.user if session else _user(params),
            created=now,
            updated=now,
            parts=[Part(sql, now, now) for sql in sqls],
            batch=batch,
            parameters=parameters,
            workgroup=session.workgroup if session else params.get("WorkgroupName"),
            cluster=session.cluster if session else params.get("ClusterIdentifier"),
            secret=params.get("SecretArn"),
            name=params.get("StatementName"),
            format=params.get("ResultFormat", "JSON"),
            mode=params.get("ExecutionMode", "TRANSACTION"),
        )
        token = params.get("ClientToken")
        found = self._statements.repeated(statement, token) or self._started(statement, params, token)
        self._wait(found, params)
        waited = "WaitTimeSeconds" in params
        return {
            "Id": found.id,
            "CreatedAt": found.created,
            "ClusterIdentifier": found.cluster,
            "WorkgroupName": found.workgroup,
            "Database": found.database,
            "DbUser": found.user if found.cluster else None,
            "SecretArn": found.secret,
            "SessionId": found.session_id,
            "Status": found.status if waited else None,
            "HasResultSet": found.has_result if waited else None,
        }

    def _started(self, statement: Statement, params: Params, token: str | None) -> Statement:
        kept = self._session(params)
        try:
            warehouse = None if kept is not None and kept.session is not None else self._warehouse(params)
            return self._statements.submit(statement, warehouse, token, kept)
        except AwsError:
            if kept is not None:
                kept.release()
            raise

    def _known_session(self, params: Params) -> KeptSession | None:
        """The session that a request names. :raises AwsError: `ValidationException` where it says more of the place."""
        if not params.get("SessionId"):
            return None
        for member in ("Database", "WorkgroupName", "ClusterIdentifier", "DbUser", "SecretArn"):
            if params.get(member):
                raise AwsError("ValidationException", f"{member} is not allowed with SessionId.")
        return self._statements.sessions.known(params["SessionId"])

    def _session(self, params: Params) -> KeptSession | None:
        sessions, seconds = self._statements.sessions, params.get("SessionKeepAliveSeconds")
        if params.get("SessionId"):
            return sessions.find(params["SessionId"], seconds)
        if seconds is None:
            return None
        self._warehouse(params)
        place = (params.get("WorkgroupName"), params.get("ClusterIdentifier"))
        return sessions.open(self._database(params), _user(params), *place, seconds)

    def _warehouse(self, params: Params) -> Warehouse:
        workgroup, cluster = params.get("WorkgroupName"), params.get("ClusterIdentifier")
        if bool(workgroup) == bool(cluster):
            raise AwsError("ValidationException", "Specify either ClusterIdentifier or WorkgroupName.")
        found = self._engine.warehouse(workgroup, cluster)
        if found is None:
            raise AwsError("ValidationException", "Redshift endpoint doesn't exist in this region.")
        return found

    @staticmethod
    def _database(params: Params) -> str:
        if not params.get("Database"):
            raise AwsError("ValidationException", "Database is required.")
        return str(params["Database"])

    def _wait(self, statement: Statement, params: Params) -> None:
        if params.get("WaitTimeSeconds") and statement.job is not None:
            self.lake.jobs.hold(statement.job, params["WaitTimeSeconds"])

    def cancel_statement(self, params: Params) -> Params:
        self._statements.cancel(params["Id"])
        return {"Status": True}

    # describing
    def describe_statement(self, params: Params) -> Params:
        statement, part = self._statements.find(params["Id"])
        self._wait(statement, params)
        return described(statement, part, params["Id"])

    def list_statements(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListStatements.html: finished ones, unless
        a status is asked for."""
        self._statements.expire()
        status = params.get("Status", "FINISHED")
        found = [
            listed(each)
            for each in reversed(list(self._statements.all.values()))
            if status in {"ALL", each.status}
            and (each.name or "").startswith(params.get("StatementName", ""))
            and all(params.get(key) in {None, kept} for key, kept in places(each))
        ]
        return paged("Statements", found, params, 100)

    def list_sessions(self, params: Params) -> Params:
        sessions = self._statements.sessions
        sessions.expire()
        wanted = {params["Status"]} if params.get("Status") else {"AVAILABLE", "BUSY"}
        found = [
            {
                "SessionId": each.id,
                "Status": each.status,
                "CreatedAt": each.created,
                "Database": each.database,
                "DbUser": each.user,
                "ClusterIdentifier": each.cluster,
                "WorkgroupName": each.workgroup,
                "SessionAliveSeconds": each.seconds,
                "SessionTtl": each.expires,
                "CurrentStatementId": each.running or None,
            }
            for each in sessions.all.values()
            if each.status in wanted and params.get("SessionId") in {None, each.id}
        ]
        return paged("Sessions", found, params, 100)

    # results
    def get_statement_result(self, params: Params) -> Params:
        part, rows, following, _ = self._page(params, "JSON")
        return {**part, "Records": [[results.field(value) for value in row] for row in rows], "NextToken": following}

    def get_statement_result_v2(self, params: Params) -> Params:
        shape, rows, following, part = self._page(params, "CSV")
        assert part.result is not None
        text = results.csv_page(part.result.columns, rows, not params.get("NextToken"))
        return {**shape, "Records": [{"CSVRecords": text}], "ResultFormat": "CSV", "NextToken": following}

    def _page(self, params: Params, kind: str) -> tuple[Params, list[list[Any]], str | None, Part]:
        statement, part = self._statements.find(params["Id"])
        self._wait(statement, params)
        part = part or (None if statement.batch else statement.parts[0])
        if part is None or part.result is None or statement.status != "FINISHED":
            message = "Query does not have result. Please check query status with DescribeStatement."
            raise AwsError("ResourceNotFoundException", message, ResourceId=params["Id"])
        if statement.format != kind:
            other = "GetStatementResultV2" if kind == "JSON" else "GetStatementResult"
            message = f"The result format of this statement is {statement.format}: use {other}."
            raise AwsError("ValidationException", message)
        token = params.get("NextToken") or "0"
        try:
            rows, more = part.result.page(int(token))
        except (ValueError, IndexError) as problem:
            raise AwsError("ValidationException", "NextToken is not valid.") from problem
        columns = [results.metadata(each) for each in part.result.columns]
        shape = {"ColumnMetadata": columns, "TotalNumRows": part.result.rows}
        return shape, rows, str(int(token) + 1) if more else None, part

    # what there is
    def list_databases(self, params: Params) -> Params:
        found = self._listings.databases(self._warehouse(params), params.get("Database"))
        return paged("Databases", found, params, 1000)

    def list_schemas(self, params: Params) -> Params:
        found = self._listings.schemas(self._warehouse(params), params["Database"], params.get("SchemaPattern"))
        return paged("Schemas", found, params, 1000)

    def list_tables(self, params: Params) -> Params:
        patterns = (params.get("SchemaPattern"), params.get("TablePattern"))
        found = self._listings.tables(self._warehouse(params), params["Database"], *patterns)
        return paged("Tables", found, params, 1000)

    def describe_table(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_DescribeTable.html: all tables if none is
        named, of all schemas if none is."""
        warehouse, table = self._warehouse(params), params.get("Table")
        if table:
            found = self._listings.columns(warehouse, params["Database"], params.get("Schema") or "public", table)
        else:
            found = self._listings.all_columns(warehouse, params["Database"], params.get("Schema"))
        return {"TableName": params.get("Table"), **paged("ColumnList", found, params, 1000)}


def _check_request(params: Params, sqls: list[str]) -> None:
    """https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html: 100 KB a statement; one way to authenticate.

    Deviates: AWS does not document the words.
    """
    if any(len(each.encode()) > LARGEST_STATEMENT for each in sqls):
        raise AwsError("ValidationException", "The SQL statement exceeds the maximum size of 100 KB.")
    if params.get("SecretArn") and params.get("DbUser"):
        raise AwsError("ValidationException", "Specify either SecretArn or DbUser, not both.")


def _parameters(params: Params) -> dict[str, str]:
    given = params.get("Parameters") or []
    found = {each["name"]: each["value"] for each in given}
    if len(found) != len(given):
        raise AwsError("ValidationException", "Parameter names must be unique.")
    return found


def _check_parameters(sqls: list[str], parameters: dict[str, str]) -> None:
    """Every parameter is named by a statement, every name has a value (BatchExecuteStatement's documentation)."""
    named: set[str] = set()
    for sql in sqls:
        try:
            named |= syntax.parameter_names(sql)
        except errors.SqlError:
            return  # the statement fails by itself
    if set(parameters) - named:
        unknown = ", ".join(sorted(set(parameters) - named))
        raise AwsError("ValidationException", f"Parameters not found in the SQL statement: {unknown}")
    if named - set(parameters):
        unset = ", ".join(sorted(named - set(parameters)))
        raise AwsError("ValidationException", f"Parameters of the SQL statement without a value: {unset}")


def _user(params: Params) -> str:
    return str(params.get("DbUser") or "IAM:root")
