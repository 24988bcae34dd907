"""What executions there are and were: their states, statistics and results.

Evidence: https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html,
https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryRuntimeStatistics.html
"""

from __future__ import annotations

from typing import Any

from local_aws.errors import AwsError
from local_aws.objects import split_uri
from local_aws.services.athena import pages
from local_aws.services.athena.executions import Execution, Executions
from local_aws.sql import results
from local_aws.sql.outcome import Outcome

Params = dict[str, Any]


class History(Executions):
    """The operations that tell of query executions."""

    def get_query_execution(self, params: Params) -> Params:
        return {"QueryExecution": self._execution(params["QueryExecutionId"]).shape}

    def batch_get_query_execution(self, params: Params) -> Params:
        wanted = params["QueryExecutionIds"]
        missing = [
            {
                "QueryExecutionId": each,
                "ErrorCode": "INVALID_INPUT",
                "ErrorMessage": f"QueryExecution {each} was not found",
            }
            for each in wanted
            if each not in self._executions
        ]
        found = [self._executions[each].shape for each in wanted if each in self._executions]
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    def list_query_executions(self, params: Params) -> Params:
        workgroup = params.get("WorkGroup", "primary")
        self.workgroup(workgroup)
        mine = [key for key, each in self._executions.items() if each.shape["WorkGroup"] == workgroup]
        return pages.paged("QueryExecutionIds", mine[::-1], params, 50)

    def get_query_runtime_statistics(self, params: Params) -> Params:
        execution = self._execution(params["QueryExecutionId"])
        found = execution.shape["Statistics"]
        keys = ("QueryQueueTimeInMillis", "EngineExecutionTimeInMillis", "TotalExecutionTimeInMillis")
        rows = {"InputBytes": found.get("DataScannedInBytes", 0)}
        if execution.outcome is not None:
            rows["OutputRows"] = execution.outcome.rows or 0
        return {"QueryRuntimeStatistics": {"Timeline": {key: found.get(key, 0) for key in keys}, "Rows": rows}}

    def get_query_results(self, params: Params) -> Params:
        """Rows from the result object in S3; of a SELECT, the first row names the columns."""
        execution = self._execution(params["QueryExecutionId"])
        state = execution.status["State"]
        if state in {"QUEUED", "RUNNING"}:
            raise self.invalid_request(f"Query has not yet finished. Current state: {state}")
        outcome = execution.outcome
        if state != "SUCCEEDED" or outcome is None:
            raise self.invalid_request(f"Query did not finish successfully. Final query state: {state}")
        most, start = params.get("MaxResults", 1000), pages.offset_of(params.get("NextToken"))
        described = {"ColumnInfo": [results.column_info(column) for column in outcome.columns]}
        rows, following = self._page(execution, outcome, start, most)
        count = outcome.update_count or 0
        answer = {"UpdateCount": count, "ResultSet": {"Rows": rows, "ResultSetMetadata": described}}
        return answer | ({"NextToken": pages.token_of(following)} if following is not None else {})

    def _page(self, execution: Execution, outcome: Outcome, start: int, most: int) -> tuple[list[Params], int | None]:
        if outcome.rows is None:
            lines = outcome.lines[start : start + most]
            more = start + most if start + most < len(outcome.lines) else None
            return [{"Data": [{"VarCharValue": line}]} for line in lines], more
        try:
            stored = self.lake.objects.head(*split_uri(execution.shape["ResultConfiguration"]["OutputLocation"]))
        except AwsError as error:
            raise self.invalid_request("Could not find results") from error
        records, following = results.read_csv(stored.path, start, most)
        return [
            {"Data": [{} if cell is None else {"VarCharValue": cell} for cell in each]} for each in records
        ], following
