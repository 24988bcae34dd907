"""A result of 10 million rows: what the server's memory grows by while it is written, paged and read from S3.

The peak is the process' own (`VmHWM`), less what it held before the query. A page is 1,000 rows of GetQueryResults;
the first million rows are paged, and the whole file is read from S3 and its rows are counted.
"""

from __future__ import annotations

import time

from benchmarks import Row
from benchmarks.clients import BUCKET, prepare, query
from benchmarks.endpoint import running

ROWS, PAGED = 10_000_000, 1_000_000
MEGA = 2**20


def run(scale: float) -> list[Row]:
    outer = max(1, int(ROWS * scale) // 10_000)
    pages = max(1, int(PAGED * scale) // 1000)
    with running() as server:
        prepare(server)
        athena, s3 = server.client("athena"), server.client("s3")
        query(athena, "SELECT 1")
        before = server.memory()
        server.forget_peak()
        begun = time.perf_counter()
        execution = query(
            athena,
            "SELECT (a - 1) * 10000 + b AS id, 'order ' || CAST(b AS varchar) AS name, a * DECIMAL '1.10' AS price,"
            " DATE '2010-12-01' + INTERVAL '1' DAY * (b % 365) AS day"
            f" FROM UNNEST(sequence(1, {outer})) AS x(a), UNNEST(sequence(1, 10000)) AS y(b)",
        )
        took, written = time.perf_counter() - begun, server.memory("VmHWM") - before
        server.forget_peak()
        token: dict[str, str] = {}
        begun, rows = time.perf_counter(), -1
        for _ in range(pages):
            answer = athena.get_query_results(QueryExecutionId=execution, MaxResults=1000, **token)
            rows, token = rows + len(answer["ResultSet"]["Rows"]), {"NextToken": answer["NextToken"]}
        paging, paged = time.perf_counter() - begun, server.memory("VmHWM") - before
        server.forget_peak()
        body = s3.get_object(Bucket=BUCKET, Key=f"results/{execution}.csv")["Body"]
        lines, size = -1, 0
        while chunk := body.read(MEGA):
            lines, size = lines + chunk.count(b"\n"), size + len(chunk)
        if lines != outer * 10_000:
            raise SystemExit(f"{lines:,} rows in the file, not {outer * 10_000:,}")
        read = server.memory("VmHWM") - before
    return [
        Row(f"{lines:,} rows written, a file of {size / MEGA:,.0f} MiB", lines / took, "rows/s"),
        Row("memory above the server's own while it is written", written / MEGA, "MiB"),
        Row(f"the first {rows + 1:,} rows, by pages of 1,000", rows / paging, "rows/s"),
        Row("memory above the server's own while it is paged", paged / MEGA, "MiB"),
        Row("memory above the server's own while S3 gives the file", read / MEGA, "MiB"),
    ]
