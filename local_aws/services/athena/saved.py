"""Named queries and prepared statements.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
"""

from __future__ import annotations

from typing import Any

from local_aws.errors import AwsError
from local_aws.services.athena import pages
from local_aws.services.athena.workgroups import WorkGroups
from local_aws.sql.hive.words import Words

Params = dict[str, Any]


class Saved(WorkGroups):
    """The operations on saved queries."""

    def start_saved(self) -> None:
        self._named: dict[str, Params] = {}
        self._prepared: dict[tuple[str, str], Params] = {}

    # named queries
    def create_named_query(self, params: Params) -> Params:
        workgroup = params.get("WorkGroup", "primary")
        self.workgroup(workgroup)
        token = params.get("ClientRequestToken")
        for found, each in self._named.items():
            if token is not None and each["token"] == token:
                return {"NamedQueryId": found}
        made = self.lake.new_id()
        kept = {key: params[key] for key in ("Name", "Description", "Database", "QueryString") if key in params}
        self._named[made] = {"shape": {**kept, "NamedQueryId": made, "WorkGroup": workgroup}, "token": token}
        return {"NamedQueryId": made}

    def _named_query(self, name: str) -> Params:
        if name not in self._named:
            raise self.invalid_request(f"NamedQuery {name} does not exist")
        found: Params = self._named[name]["shape"]
        return found

    def get_named_query(self, params: Params) -> Params:
        return {"NamedQuery": self._named_query(params["NamedQueryId"])}

    def batch_get_named_query(self, params: Params) -> Params:
        wanted = params["NamedQueryIds"]
        missing = [
            {"NamedQueryId": each, "ErrorCode": "INVALID_INPUT", "ErrorMessage": f"NamedQuery {each} does not exist"}
            for each in wanted
            if each not in self._named
        ]
        found = [self._named[each]["shape"] for each in wanted if each in self._named]
        return {"NamedQueries": found, "UnprocessedNamedQueryIds": missing}

    def list_named_queries(self, params: Params) -> Params:
        workgroup = params.get("WorkGroup", "primary")
        self.workgroup(workgroup)
        rows = [key for key, each in self._named.items() if each["shape"]["WorkGroup"] == workgroup]
        return pages.paged("NamedQueryIds", rows, params, 50)

    def update_named_query(self, params: Params) -> Params:
        found = self._named_query(params["NamedQueryId"])
        found.update({key: params[key] for key in ("Name", "Description", "QueryString") if key in params})
        return {}

    def delete_named_query(self, params: Params) -> Params:
        self._named_query(params["NamedQueryId"])
        del self._named[params["NamedQueryId"]]
        return {}

    # prepared statements
    def create_prepared_statement(self, params: Params) -> Params:
        key = (params["WorkGroup"], params["StatementName"])
        self.workgroup(params["WorkGroup"])
        if key in self._prepared:
            raise self.invalid_request(f"PreparedStatement {key[1]} already exists in workGroup {key[0]}")
        self._keep(key, params)
        return {}

    def _keep(self, key: tuple[str, str], params: Params) -> None:
        self._prepared[key] = {
            "StatementName": key[1],
            "WorkGroupName": key[0],
            "QueryStatement": params["QueryStatement"],
            "Description": params.get("Description", ""),
            "LastModifiedTime": self.lake.clock.now(),
        }

    def _statement(self, workgroup: str, name: str) -> Params:
        self.workgroup(workgroup)
        found = self._prepared.get((workgroup, name))
        if found is None:
            message = f"PreparedStatement {name} was not found in workGroup {workgroup}"
            raise AwsError("ResourceNotFoundException", message, ResourceName=name)
        return found

    def get_prepared_statement(self, params: Params) -> Params:
        return {"PreparedStatement": self._statement(params["WorkGroup"], params["StatementName"])}

    def batch_get_prepared_statement(self, params: Params) -> Params:
        workgroup, wanted = params["WorkGroup"], params["PreparedStatementNames"]
        found = [self._prepared[workgroup, each] for each in wanted if (workgroup, each) in self._prepared]
        missing = [
            {"StatementName": each, "ErrorCode": "STATEMENT_NOT_FOUND", "ErrorMessage": "prepared statement not found"}
            for each in wanted
            if (workgroup, each) not in self._prepared
        ]
        return {"PreparedStatements": found, "UnprocessedPreparedStatementNames": missing}

    def list_prepared_statements(self, params: Params) -> Params:
        self.workgroup(params["WorkGroup"])
        rows = [
            {key: each[key] for key in ("StatementName", "LastModifiedTime")}
            for (workgroup, _), each in sorted(self._prepared.items())
            if workgroup == params["WorkGroup"]
        ]
        return pages.paged("PreparedStatements", rows, params, 50)

    def update_prepared_statement(self, params: Params) -> Params:
        self._statement(params["WorkGroup"], params["StatementName"])
        self._keep((params["WorkGroup"], params["StatementName"]), params)
        return {}

    def delete_prepared_statement(self, params: Params) -> Params:
        self._statement(params["WorkGroup"], params["StatementName"])
        del self._prepared[params["WorkGroup"], params["StatementName"]]
        return {}

    def prepared(self, text: str, workgroup: str) -> tuple[str, list[str]] | None:
        """The statement and values of `EXECUTE name USING …`; None for any other statement.

        `PREPARE` and `DEALLOCATE PREPARE` are carried out here, and are then no statement at all.
        """
        words = Words(text)
        if words.accept("PREPARE"):
            name = words.name()
            words.expect("FROM")
            self._keep((workgroup, name), {"QueryStatement": words.rest()})
            return "", []
        if words.accept("DEALLOCATE PREPARE"):
            name = words.name()
            words.end()
            self.delete_prepared_statement({"WorkGroup": workgroup, "StatementName": name})
            return "", []
        if not words.accept("EXECUTE"):
            return None
        statement = self._statement(workgroup, words.name())
        values = []
        if words.accept("USING"):
            values.append(words.chunk())
            while words.accept(","):
                values.append(words.chunk())
        words.end()
        return str(statement["QueryStatement"]), values
