"""The stream to write to: its client, whether it is there, and what to do when it is not."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.exceptions import ConnectionError as BotoConnectionError

from producer.errors import DestinationError

_REFUSED = frozenset(
    {
        "AccessDeniedException",
        "AccessDenied",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "ExpiredTokenException",
        "ExpiredToken",
        "SignatureDoesNotMatch",
    }
)

_CANNOT_ASK = frozenset({"AccessDeniedException", "AccessDenied", "LimitExceededException"})


def kinesis_client(*, region: str | None, endpoint_url: str | None, profile: str | None) -> Any:
    """A client that fails fast and leaves retrying to the sender.

    :raises DestinationError: profile or region unknown, or the endpoint is not a URL.
    """
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        return session.client(
            "kinesis",
            endpoint_url=endpoint_url,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60),
        )
    except (BotoCoreError, ValueError) as error:
        raise explain(error, "", None) from error


def check_stream(client: Any, stream: str) -> None:
    """Find out before the first record that there is no stream.

    A role that may only PutRecords cannot ask, nor can who asks too often: then the first request tells.

    :raises DestinationError: the stream, the endpoint or the credentials are missing.
    """
    try:
        answer = client.describe_stream_summary(StreamName=stream)
        status = answer["StreamDescriptionSummary"]["StreamStatus"]
        if status not in ("ACTIVE", "UPDATING"):
            raise DestinationError(f"stream {stream} is {status}: run again when it is ACTIVE")
    except ClientError as error:
        if error.response["Error"]["Code"] not in _CANNOT_ASK:
            raise explain(error, stream, client) from error
    except BotoCoreError as error:
        raise explain(error, stream, client) from error


def explain(error: Exception, stream: str, client: Any) -> DestinationError:
    """The error as one line that says what to do."""
    endpoint = client.meta.endpoint_url if client is not None else ""
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return DestinationError(
            "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (any value does for a "
            "local endpoint), or name a --profile"
        )
    if isinstance(error, ProfileNotFound):
        return DestinationError(f"{error}; name one of ~/.aws/config with --profile")
    if isinstance(error, (NoRegionError, InvalidRegionError)):
        return DestinationError(f"{error} Name one with --region, as in --region us-east-1")
    if isinstance(error, (HTTPClientError, BotoConnectionError)):
        return DestinationError(f"{endpoint} does not answer: start it, or mend --endpoint-url ({error})")
    if isinstance(error, ClientError):
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code == "ResourceNotFoundException":
            return DestinationError(
                f"no stream {stream} at {endpoint}: deploy the infrastructure first, or name another with --stream"
            )
        if code in _REFUSED:
            return DestinationError(
                f"{endpoint} refuses these credentials ({code}: {message}): they need kinesis:PutRecords on {stream}"
            )
        return DestinationError(f"{endpoint} refuses to write to {stream}: {code}: {message}")
    if isinstance(error, ValueError):
        return DestinationError(f"{error}: --endpoint-url is a URL as http://127.0.0.1:4566")
    return DestinationError(str(error))


def follow_clock(endpoint_url: str) -> Callable[[datetime], None]:
    """Sets the clock of local_aws to each arrival, so that a replay lands in the partitions of its own time.

    :raises DestinationError: (on call) the endpoint does not answer, or has no clock that can be set.
    """
    url = endpoint_url.rstrip("/") + "/_local_aws/clock"

    def on_arrival(moment: datetime) -> None:
        now = moment.astimezone(UTC).isoformat()[:19] + "Z"
        request = urllib.request.Request(
            url,
            data=json.dumps({"now": now}).encode(),
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        try:
            with urllib.request.urlopen(request, timeout=60):
                pass
        except urllib.error.HTTPError as error:
            said = error.read(500).decode("utf-8", "replace").strip().replace("\n", " ")
            raise DestinationError(
                f"{url} refuses the time {now} (HTTP {error.code} {said}); --follow-clock needs local_aws"
            ) from error
        except (OSError, ValueError) as error:
            raise DestinationError(f"{url} does not answer: is local_aws running there? ({error})") from error

    return on_arrival
