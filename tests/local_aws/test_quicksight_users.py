"""Users of a QuickSight account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

IAM = {"IdentityType": "IAM", "Email": "a@b.c", "UserRole": "ADMIN"}


@pytest.fixture
def call(client: Callable[..., Any], account_id: str) -> Callable[..., Any]:
    def made(operation: str, **params: Any) -> Any:
        place = {"AwsAccountId": account_id, "Namespace": "default"}
        return getattr(client("quicksight"), operation)(**{**place, **params})

    return made


@pytest.mark.parametrize(
    ("params", "name"),
    [
        pytest.param({**IAM, "IamArn": "arn:aws:iam::1:user/ann"}, "ann", id="iam-user"),
        pytest.param({**IAM, "IamArn": "arn:aws:iam::1:role/r", "SessionName": "me"}, "r/me", id="role-and-session"),
        pytest.param({**IAM, "IdentityType": "QUICKSIGHT", "UserName": "ann"}, "ann", id="quicksight"),
    ],
)
def test_registered_user_is_listed_changed_and_deleted(
    call: Callable[..., Any], account_id: str, params: dict[str, str], name: str
) -> None:
    made = call("register_user", **params)["User"]
    assert made["Arn"] == f"arn:aws:quicksight:us-east-1:{account_id}:user/default/{name}"
    assert call("list_users")["UserList"] == [made] == [call("describe_user", UserName=name)["User"]]
    call("update_user", UserName=name, Email="new@b.c", Role="READER")
    assert call("describe_user", UserName=name)["User"] == {**made, "Email": "new@b.c", "Role": "READER"}
    call("delete_user", UserName=name)
    assert call("list_users")["UserList"] == []


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("register_user", {**IAM, "IamArn": "arn:aws:iam::1:user/ann"}, "ResourceExistsException"),
        ("register_user", {**IAM, "IamArn": "arn:aws:iam::1:role/r"}, "InvalidParameterValueException"),
        ("register_user", {**IAM, "IamArn": "arn:aws:s3:::b"}, "InvalidParameterValueException"),
        ("register_user", {**IAM, "IdentityType": "QUICKSIGHT"}, "InvalidParameterValueException"),
        ("describe_user", {"UserName": "gone"}, "ResourceNotFoundException"),
        ("list_users", {"Namespace": "other"}, "InvalidParameterValueException"),
    ],
)
def test_what_quicksight_would_not_do_is_refused(
    call: Callable[..., Any], operation: str, params: dict[str, str], code: str
) -> None:
    call("register_user", **IAM, IamArn="arn:aws:iam::1:user/ann")
    with pytest.raises(ClientError) as raised:
        call(operation, **params)
    assert raised.value.response["Error"]["Code"] == code
