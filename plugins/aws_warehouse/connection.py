"""Calls to AWS by an Airflow connection, the same way from a worker and from the triggerer, and what their errors mean.

Production and laptop differ by the connection alone: `extra: {"endpoint_url": …, "region_name": …}` reaches every
client made here, blocking or asynchronous.
"""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, TypeVar

from airflow.sdk.exceptions import AirflowException, AirflowFailException
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
)

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook

T = TypeVar("T")

# Adaptive: the client slows down for AWS's sake. Few attempts: whoever waits here has a deadline and asks again,
# and an endpoint that is down should be reported in seconds.
RETRIES = {"mode": "adaptive", "total_max_attempts": 3}
TIMEOUTS = {"connect_timeout": 5, "read_timeout": 60}

THROTTLED = frozenset(
    {
        "ActiveSessionsExceededException",
        "ActiveStatementsExceededException",
        "ActiveWaitingRequestsExceededException",
        "LimitExceededException",
        "OperationTimeoutException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
SERVER_SIDE = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalFailureException",
        "InternalServerError",
        "InternalServerException",
        "InternalServiceException",
        "RequestTimeout",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)
REFUSED = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, NoRegionError)
_NO_ANSWER = (EndpointConnectionError, ConnectTimeoutError, ConnectionClosedError, ProxyConnectionError)


class AwsParams(TypedDict):
    """What makes a client: as the provider's operators take it, and as a trigger can be serialized with it."""

    aws_conn_id: str | None
    region_name: str | None
    verify: bool | str | None
    botocore_config: dict[str, Any] | None


class Calls(Protocol):
    """`await call("athena", "get_query_execution", QueryExecutionId=…)`, blocking or not: the caller cannot tell."""

    async def __call__(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]: ...


def hook_for(service: str, aws: AwsParams) -> AwsGenericHook[Any]:
    """The provider's hook for a service, with our retries unless the operator or the connection sets its own."""
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    def hook(config: Config | None) -> AwsGenericHook[Any]:
        return AwsBaseHook(
            aws_conn_id=aws["aws_conn_id"],
            client_type=service,
            region_name=aws["region_name"],
            verify=aws["verify"],
            config=config,
        )

    chosen = aws["botocore_config"]
    own = Config(**chosen) if chosen else hook(None).conn_config.botocore_config or Config()
    return hook(Config(retries=RETRIES, **TIMEOUTS).merge(own))


class BlockingCalls:
    """Calls from a worker. They never suspend, so that `run_now` can drive what awaits them."""

    def __init__(self, aws: AwsParams) -> None:
        self._aws = aws
        self._clients: dict[str, Any] = {}

    async def __call__(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        if service not in self._clients:
            self._clients[service] = hook_for(service, self._aws).conn
        answer: dict[str, Any] = getattr(self._clients[service], operation)(**params)
        return answer


class AsyncCalls:
    """Calls from the triggerer: one client a service, kept for the whole wait."""

    def __init__(self, aws: AwsParams) -> None:
        self._aws = aws
        self._clients: dict[str, Any] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> AsyncCalls:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def __call__(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        if service not in self._clients:
            from asgiref.sync import sync_to_async

            # making the hook reads the connection, which blocks
            hook = await sync_to_async(hook_for)(service, self._aws)
            self._clients[service] = await self._open.enter_async_context(await hook.get_async_conn())
        answer: dict[str, Any] = await getattr(self._clients[service], operation)(**params)
        return answer


def run_now(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that awaits nothing but `BlockingCalls`."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("blocking work was suspended")


def code_of(error: BaseException) -> str:
    """AWS's error code, or "" for an error that is not AWS's."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def status_of(error: BaseException) -> int:
    response = error.response if isinstance(error, ClientError) else {}
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_passing(error: BaseException) -> bool:
    """Whether asking again later is right: throttling, or the service's own trouble."""
    if isinstance(error, ClientError):
        return code_of(error) in THROTTLED | SERVER_SIDE or status_of(error) >= 500
    return isinstance(error, ReadTimeoutError)


def is_unreachable(error: BaseException) -> bool:
    """Whether nobody answered at all."""
    return isinstance(error, _NO_ANSWER) or (
        isinstance(error, HTTPClientError) and not isinstance(error, ReadTimeoutError)
    )


def is_refusal(error: BaseException) -> bool:
    """Whether the connection itself is at fault: no retry will help."""
    return isinstance(error, _NO_CREDENTIALS) or code_of(error) in REFUSED | DENIED


def explain(error: BaseException, aws: AwsParams) -> str:
    """One line for a person: what failed, where, and what to do."""
    name = aws["aws_conn_id"] or "the environment"
    if is_unreachable(error):
        endpoint = _endpoint(aws)
        if endpoint:
            return (
                f"no answer from {endpoint} (connection {name!r}): start it with `make up` or `python -m local_aws`, "
                "or correct endpoint_url in the connection"
            )
        return f"AWS cannot be reached (connection {name!r}): {_line(error)}; check the network and the region"
    if code_of(error) in DENIED:
        return f"connection {name!r} may not do this: {_line(error)}; grant it in the role's policy"
    if is_refusal(error):
        return f"AWS refuses connection {name!r}: {_line(error)}; renew or correct its credentials"
    return _line(error)


def raise_clearly(error: BaseException, aws: AwsParams, doing: str = "") -> None:
    """Raise `error` as Airflow's: without retries if AWS refuses us, since these cannot help then."""
    text = f"{doing}: {explain(error, aws)}" if doing else explain(error, aws)
    if is_refusal(error):
        raise AirflowFailException(text) from error
    raise AirflowException(text) from error


def check_connection(aws_conn_id: str = "aws_default") -> str:
    """Who we are there: the caller's ARN, by one call. :raises AirflowFailException: with what to do about it."""
    aws = AwsParams(aws_conn_id=aws_conn_id, region_name=None, verify=None, botocore_config=None)
    try:
        return str(run_now(BlockingCalls(aws)("sts", "get_caller_identity"))["Arn"])
    except (ClientError, BotoCoreError) as error:
        raise_clearly(error, aws)
        raise


def _endpoint(aws: AwsParams) -> str | None:
    try:
        url: str | None = hook_for("sts", aws).conn_config.endpoint_url
        return url
    except Exception:  # the error to be explained matters more than this one
        return None


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())
