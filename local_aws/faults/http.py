"""The faults and the counted calls over HTTP.

`/_local_aws/faults`  GET: those that are set, with their counts; PUT `{"faults": ["…", …]}` replaces them, POST adds;
                      DELETE takes all away
`/_local_aws/calls`   GET: how often each operation was called; DELETE begins to count anew
"""

from __future__ import annotations

import json

from local_aws.faults.rules import Faults
from local_aws.wire import Response

PATHS = frozenset({"/_local_aws/faults", "/_local_aws/calls"})


def answer(faults: Faults, method: str, path: str, body: bytes) -> Response:
    """The answer to a request for one of `PATHS`."""
    if path == "/_local_aws/calls":
        if method == "DELETE":
            faults.reset_calls()
        return _json({"calls": faults.calls})
    if method == "DELETE":
        faults.clear()
    elif method in {"PUT", "POST"}:
        try:
            texts = json.loads(body)["faults"]
            if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
                raise TypeError("faults is a list of texts")
            (faults.replace if method == "PUT" else faults.add)(*texts)
        except (ValueError, KeyError, TypeError) as error:
            wanted = '{"faults": ["athena.StartQueryExecution#2=throttle"]}'
            return _json({"message": f"faults are set by {wanted}: {error}"}, 400)
    return _json({"faults": faults.shapes()})


def _json(body: dict[str, object], status: int = 200) -> Response:
    return Response(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
