"""What to do about a failed SPICE ingestion, by `ErrorInfo.Type`.

The types are those of QuickSight's API (`ErrorInfo`, https://docs.aws.amazon.com/quicksight/latest/APIReference/API_ErrorInfo.html);
the advice is ours.
"""

from __future__ import annotations

_ADVICE: tuple[tuple[str, str], ...] = (
    (
        "PERMISSION_DENIED PERMISSION_NOT_FOUND IAM_ROLE_NOT_AVAILABLE FAILURE_TO_ASSUME_ROLE DATA_SOURCE_AUTH_FAILED "
        "PASSWORD_AUTHENTICATION_FAILURE OAUTH_TOKEN_FAILURE",
        "QuickSight lacks a right or a secret: the message names which. Correct the role's policy, the grant on S3 or "
        "in Lake Formation, or the data source's credentials",
    ),
    (
        "CONNECTION_FAILURE DATA_SOURCE_CONNECTION_FAILED UNRESOLVABLE_HOST UNROUTABLE_HOST",
        "QuickSight cannot reach the database: check its host, the VPC connection, both security groups, and that it "
        "is not paused",
    ),
    (
        "SSL_CERTIFICATE_VALIDATION_FAILURE INVALID_DATA_SOURCE_CONFIG DATA_SOURCE_NOT_FOUND",
        "the data source's settings are wrong, or it is gone: deploy it again",
    ),
    ("SQL_EXCEPTION", "the source refused the query: the message says why; run the data set's SQL there by hand"),
    (
        "SQL_TABLE_NOT_FOUND SPICE_TABLE_NOT_FOUND",
        "the table is not there: run what makes it (the crawler, or the warehouse load) first",
    ),
    (
        "SQL_SCHEMA_MISMATCH_ERROR DUPLICATE_COLUMN_NAMES_FOUND INVALID_DATAPREP_SYNTAX SQL_INVALID_PARAMETER_VALUE",
        "the source's columns and the data set's differ: compare them, and deploy the data set again",
    ),
    (
        "SQL_NUMERIC_OVERFLOW INVALID_DATE_FORMAT DATA_TOLERANCE_EXCEPTION ROW_SIZE_LIMIT_EXCEEDED",
        "values do not fit the data set's types: find them at the source and set them aside before they are loaded",
    ),
    (
        "QUERY_TIMEOUT SOURCE_RESOURCE_LIMIT_EXCEEDED SOURCE_API_LIMIT_EXCEEDED_FAILURE",
        "the source was too busy, or the query too big: try later, or refresh incrementally",
    ),
    (
        "DATA_SET_SIZE_LIMIT_EXCEEDED ACCOUNT_CAPACITY_LIMIT_EXCEEDED",
        "SPICE is full in this region: add capacity there, drop columns, or aggregate",
    ),
    ("DATA_SET_NOT_SPICE", "the data set queries its source directly: there is nothing to refresh"),
    ("DATA_SET_DELETED", "the data set is gone: deploy it again"),
    (
        "INGESTION_SUPERSEDED INGESTION_CANCELED REFRESH_SUPPRESSED_BY_EDIT",
        "another refresh, a person or an edit of the data set took its place: look at the latest ingestion",
    ),
    (
        "S3_FILE_INACCESSIBLE S3_UPLOADED_FILE_DELETED S3_MANIFEST_ERROR FAILURE_TO_PROCESS_JSON_FILE",
        "a file or manifest on S3 cannot be read: check that it exists, its format, and the bucket's policy",
    ),
    ("INTERNAL_SERVICE_ERROR", "QuickSight's own trouble: try again"),
    ("CUSTOMER_ERROR", "the message says what is wrong with the request"),
    (
        "IOT_FILE_NOT_FOUND IOT_DATA_SET_FILE_EMPTY ELASTICSEARCH_CURSOR_NOT_ENABLED CURSOR_NOT_ENABLED",
        "it concerns a kind of source that this pipeline does not use: check the data set's data source",
    ),
)
ADVICE: dict[str, str] = {kind: advice for kinds, advice in _ADVICE for kind in kinds.split()}

DROPPED = (
    "rows are dropped when a value does not fit its column: a malformed date, text in a number, a number of more than "
    "19 digits, text that is too long. The ingestion's error file in QuickSight lists them; correct the data set's "
    "types, or set such rows aside before they are loaded"
)
LIMIT = (
    "QuickSight allows 32 refreshes of a data set by API in 24 hours (8 in Standard edition), or SPICE is full: "
    "refresh less often, or give the data set a refresh schedule"
)


def advice_for(kind: str | None) -> str:
    """What to do about an error type."""
    return ADVICE.get(kind or "", "see the ingestion in QuickSight")
