"""Users of the account: registered, listed, described, changed, deleted. Nobody has to be one to do anything here.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_RegisterUser.html and its siblings. Deviates: a
user who is invited is active at once.
"""

from __future__ import annotations

from typing import Any

from local_aws.errors import AwsError, Unsupported
from local_aws.lake import Lake
from local_aws.services.quicksight.resources import Params, Resources, missing, page, refuse


class UserOperations(Resources):
    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.users: dict[str, Params] = {}

    def register_user(self, params: Params) -> Params:
        self._default(params)
        refuse(params, "CustomPermissionsName", "ExternalLoginFederationProviderType")
        name, kind = _name(params), params["IdentityType"]
        with self.lock:
            if name in self.users:
                raise AwsError("ResourceExistsException", f"The user {name} exists already", 409, ResourceType="USER")
            self.users[name] = {
                "Arn": self.lake.arn("quicksight", f"user/default/{name}"),
                "UserName": name,
                "Email": params["Email"],
                "Role": params["UserRole"],
                "IdentityType": kind,
                "Active": True,
                "PrincipalId": f"federated/{'iam' if kind == 'IAM' else 'quicksight'}/{self.lake.new_id()}",
            }
        return self.answered(201, User=self.users[name])

    def describe_user(self, params: Params) -> Params:
        return self.answered(User=self._user(params))

    def list_users(self, params: Params) -> Params:
        self._default(params)
        found, token = page(list(self.users.values()), params)
        return self.answered(UserList=found, NextToken=token)

    def update_user(self, params: Params) -> Params:
        refuse(params, "CustomPermissionsName", "ExternalLoginFederationProviderType")
        user = {**self._user(params), "Email": params["Email"], "Role": params["Role"]}
        self.users[user["UserName"]] = user
        return self.answered(User=user)

    def delete_user(self, params: Params) -> Params:
        """What the user owns stays."""
        del self.users[self._user(params)["UserName"]]
        return self.answered()

    def _user(self, params: Params) -> Params:
        self._default(params)
        found = self.users.get(params["UserName"])
        if found is None:
            raise missing("user", params["UserName"])
        return found

    def _default(self, params: Params) -> None:
        self.own(params)
        if params["Namespace"] != "default":
            raise Unsupported(f"QuickSight namespaces beyond `default` ({params['Namespace']})")


def _name(params: Params) -> str:
    """An IAM user's name, or a role's with its session's; else the name that is asked for."""
    if params["IdentityType"] != "IAM":
        if not params.get("UserName"):
            raise AwsError("InvalidParameterValueException", "UserName is required for IdentityType QUICKSIGHT")
        return str(params["UserName"])
    arn = str(params.get("IamArn") or "")
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind not in {"user", "role"} or not name:
        raise AwsError("InvalidParameterValueException", f"IamArn {arn!r} names no IAM user or role")
    session: Any = params.get("SessionName")
    if (kind == "role") != bool(session):
        raise AwsError("InvalidParameterValueException", "SessionName goes with the ARN of a role, and with it alone")
    return f"{name}/{session}" if session else name
