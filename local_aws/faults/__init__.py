"""Faults on demand: what a client must survive on AWS, at exactly the call that the test names.

A fault is a line of text, `<service>.<action>#<calls>=<kind>[:<value>]`; `athena.StartQueryExecution#2=throttle`
throttles the second such call from now on. Services and actions are botocore's names (`redshift-data`,
`GetStatementResult`) or patterns (`s3.*`, `*`). Calls are a number, a range (`#2-4`, `#3-`), or all (`#*`, or nothing).

| kind | what the client meets |
| --- | --- |
| `throttle` | the service's own throttling error; nothing happened |
| `500`, `503` | `InternalFailure`, `ServiceUnavailable` (S3: `InternalError`); nothing happened |
| `delay:2.5` | the call is done 2.5 seconds late |
| `late:2.5` | the call is done at once; its answer comes 2.5 seconds late |
| `timeout:30` | nothing happens and nothing is answered for 30 seconds; then the connection is closed |
| `drop` | the call **is done**, its answer is lost: the connection is closed without one |
| `records:3` | of `PutRecords` and `PutRecordBatch`, the 1st, 4th, 7th, … record fails, the others are taken |
| `twice` | of `firehose.Deliver`: the object is delivered a second time under another name |
| `overtaken` | of `firehose.Deliver`: the next object is delivered first (or the interval passes) |

They strike our own services and the base's alike, for callers from outside: what a service does on behalf of a caller
(a stack that creates a stream) is left alone. Deviates: AWS has no such lever; what the client sees is AWS' form.
"""

from local_aws.faults.inject import Injector
from local_aws.faults.rules import Fault, Faults

__all__ = ["Fault", "Faults", "Injector"]
