"""What users and roles of IAM may do: of our services and of the base's, in the words of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local_aws.server import LocalAws

Client = Callable[..., Any]
Document = dict[str, Any]
NOWHERE = {"OutputLocation": "s3://nowhere/"}


def allow(*actions: str, on: Any = "*", **more: Any) -> Document:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def deny(*actions: str, on: Any = "*", **more: Any) -> Document:
    return {"Effect": "Deny", "Action": list(actions), "Resource": on, **more}


@pytest.fixture
def user(client: Client, local_aws: LocalAws) -> Callable[..., Client]:
    """`user(statements…)`: clients of a user with these statements in a policy."""

    def make(*statements: Document) -> Client:
        iam = client("iam")
        iam.create_user(UserName="analyst")
        if statements:
            iam.put_user_policy(UserName="analyst", PolicyName="p", PolicyDocument=_policy(statements))
        return _clients(local_aws, iam.create_access_key(UserName="analyst")["AccessKey"])

    return make


def _policy(statements: tuple[Document, ...]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _clients(aws: LocalAws, key: dict[str, Any]) -> Client:
    return lambda service: boto3.client(
        service,
        endpoint_url=aws.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
    )


DENIALS = [
    ("athena", "list_work_groups", {}, "AccessDeniedException", 400),
    ("glue", "get_databases", {}, "AccessDeniedException", 400),
    ("firehose", "list_delivery_streams", {}, "AccessDeniedException", 400),
    ("kinesis", "list_streams", {}, "AccessDeniedException", 400),
    ("redshift-data", "list_statements", {}, "AccessDeniedException", 400),
    ("redshift-serverless", "list_workgroups", {}, "AccessDeniedException", 400),
    ("quicksight", "list_data_sets", {"AwsAccountId": "123456789012"}, "AccessDeniedException", 401),
    ("cloudformation", "list_stacks", {}, "AccessDenied", 403),
    ("secretsmanager", "list_secrets", {}, "AccessDeniedException", 400),
    ("logs", "describe_log_groups", {}, "AccessDeniedException", 400),
    ("cloudwatch", "list_metrics", {}, "AccessDeniedException", 400),
    ("s3", "list_buckets", {}, "AccessDenied", 403),
    ("iam", "list_users", {}, "AccessDenied", 403),
    ("sns", "list_topics", {}, "AccessDenied", 403),
    ("ec2", "describe_vpcs", {}, "UnauthorizedOperation", 403),
]


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "status"), DENIALS, ids=[each[0] for each in DENIALS]
)
def test_who_has_no_policy_may_nothing(
    user: Callable[..., Client],
    account_id: str,
    service: str,
    operation: str,
    params: dict[str, Any],
    code: str,
    status: int,
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(user()(service), operation)(**params)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert answer["Error"]["Message"].startswith(f"User: arn:aws:iam::{account_id}:user/analyst is not authorized")
    assert "because no identity-based policy allows the " in answer["Error"]["Message"]


def test_the_message_names_action_and_resource(user: Callable[..., Client], account_id: str) -> None:
    with pytest.raises(ClientError) as caught:
        user()("athena").start_query_execution(QueryString="SELECT 1", ResultConfiguration=NOWHERE)
    assert caught.value.response["Error"]["Message"] == (
        f"User: arn:aws:iam::{account_id}:user/analyst is not authorized to perform: athena:StartQueryExecution on "
        f"resource: arn:aws:athena:us-east-1:{account_id}:workgroup/primary "
        "because no identity-based policy allows the athena:StartQueryExecution action"
    )


MINE = "arn:aws:s3:::{bucket}"
RULES = [
    pytest.param([allow("s3:*")], True, id="all of a service"),
    pytest.param([allow("S3:put*")], True, id="actions know no case"),
    pytest.param([allow("s3:Put?bject")], True, id="one character"),
    pytest.param([allow("s3:GetObject")], False, id="another action"),
    pytest.param([allow("s3:PutObject", on=MINE + "/*")], True, id="the resource"),
    pytest.param([allow("s3:PutObject", on=[MINE, MINE + "/mine/*"])], True, id="one of the resources"),
    pytest.param([allow("s3:PutObject", on=MINE)], False, id="the bucket alone"),
    pytest.param([allow("s3:*"), deny("s3:PutObject")], False, id="a denial wins"),
    pytest.param([allow("s3:*"), deny("s3:PutObject", on=MINE + "/theirs/*")], True, id="a denial of another"),
    pytest.param([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], True, id="all but others"),
    pytest.param([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], False, id="all but this"),
    pytest.param([{"Effect": "Allow", "Action": "s3:*", "NotResource": MINE + "/mine/*"}], False, id="not this one"),
    pytest.param(
        [allow("*", Condition={"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}})],
        True,
        id="the region",
    ),
    pytest.param(
        [allow("*", Condition={"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}})], False, id="not the region"
    ),
    pytest.param(
        [allow("*"), deny("*", Condition={"Bool": {"aws:SecureTransport": False}})], True, id="transport counts as safe"
    ),
    pytest.param([allow("*", Condition={"StringEquals": {"s3:x-amz-acl": "private"}})], False, id="an unknown key"),
    pytest.param([allow("*", Condition={"StringLike": {"aws:username": "ana*"}})], True, id="the user's name"),
]


@pytest.mark.parametrize(("statements", "may"), RULES)
def test_statements_are_weighed_as_iam_does(
    user: Callable[..., Client], bucket: str, statements: list[Document], may: bool
) -> None:
    text = json.dumps(statements).replace("{bucket}", bucket)
    s3 = user(*json.loads(text))("s3")
    if may:
        s3.put_object(Bucket=bucket, Key="mine/a", Body=b"x")
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket=bucket, Key="mine/a", Body=b"x")


def test_an_explicit_denial_says_so(user: Callable[..., Client]) -> None:
    with pytest.raises(ClientError, match="with an explicit deny in an identity-based policy"):
        user(allow("*"), deny("glue:*"))("glue").get_databases()


def test_a_table_needs_leave_for_its_database_and_the_catalog(
    user: Callable[..., Client], client: Client, account_id: str
) -> None:
    client("glue").create_database(DatabaseInput={"Name": "shop"})
    client("glue").create_table(DatabaseName="shop", TableInput={"Name": "orders"})
    place = f"arn:aws:glue:us-east-1:{account_id}:"
    glue = user(allow("glue:GetTable", on=[place + "catalog", place + "database/shop", place + "table/shop/o*"]))(
        "glue"
    )
    assert glue.get_table(DatabaseName="shop", Name="orders")["Table"]["Name"] == "orders"
    with pytest.raises(ClientError, match="database/other"):
        glue.get_table(DatabaseName="other", Name="orders")


def test_a_role_may_what_its_policies_allow(client: Client, local_aws: LocalAws, account_id: str) -> None:
    iam = client("iam")
    trust = _policy(({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}},))
    arn = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    policy = iam.create_policy(PolicyName="read", PolicyDocument=_policy((allow("glue:Get*"),)))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="reader", PolicyArn=policy)
    keys = client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    glue = _clients(local_aws, keys)("glue")
    assert glue.get_databases()["DatabaseList"] == []
    with pytest.raises(ClientError, match=f"arn:aws:sts::{account_id}:assumed-role/reader/session is not authorized"):
        glue.create_database(DatabaseInput={"Name": "shop"})


def test_policies_of_groups_count(user: Callable[..., Client], client: Client) -> None:
    clients, iam = user(), client("iam")
    iam.create_group(GroupName="analysts")
    iam.put_group_policy(GroupName="analysts", PolicyName="p", PolicyDocument=_policy((allow("athena:*"),)))
    iam.add_user_to_group(GroupName="analysts", UserName="analyst")
    assert clients("athena").list_work_groups()["WorkGroups"]


def test_everybody_may_ask_who_they_are(user: Callable[..., Client], account_id: str) -> None:
    assert user()("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{account_id}:user/analyst"


@pytest.mark.parametrize("key", ["test", "AKIAIOSFODNN7EXAMPLE"])
def test_a_key_that_nobody_was_given_is_the_roots(local_aws: LocalAws, key: str) -> None:
    glue = _clients(local_aws, {"AccessKeyId": key, "SecretAccessKey": "x"})("glue")
    assert "DatabaseList" in glue.get_databases()


PLACE = "us-east-1:{account}"
NAMED = [
    pytest.param(
        "cloudformation",
        "describe_stacks",
        {"StackName": "{name}"},
        f"arn:aws:cloudformation:{PLACE}:stack/mine-*/*",
        id="stack",
    ),
    pytest.param(
        "cloudformation",
        "delete_stack",
        {"StackName": f"arn:aws:cloudformation:{PLACE}:stack/{{name}}/1a2b"},
        f"arn:aws:cloudformation:{PLACE}:stack/mine-*/*",
        id="stack-by-its-arn",
    ),
    pytest.param(
        "redshift",
        "pause_cluster",
        {"ClusterIdentifier": "{name}"},
        f"arn:aws:redshift:{PLACE}:cluster:mine-*",
        id="cluster",
    ),
    pytest.param(
        "redshift",
        "get_cluster_credentials",
        {"ClusterIdentifier": "c", "DbUser": "{name}"},
        f"arn:aws:redshift:{PLACE}:dbuser:c/mine-*",
        id="database-user",
    ),
    pytest.param(
        "redshift-data",
        "execute_statement",
        {"ClusterIdentifier": "{name}", "Database": "dev", "DbUser": "u", "Sql": "SELECT 1"},
        f"arn:aws:redshift:{PLACE}:cluster:mine-*",
        id="cluster-by-the-data-api",
    ),
    pytest.param(
        "quicksight",
        "describe_data_set",
        {"AwsAccountId": "{account}", "DataSetId": "{name}"},
        f"arn:aws:quicksight:{PLACE}:dataset/mine-*",
        id="data-set",
    ),
    pytest.param(
        "quicksight",
        "create_ingestion",
        {"AwsAccountId": "{account}", "DataSetId": "{name}", "IngestionId": "i"},
        f"arn:aws:quicksight:{PLACE}:dataset/mine-*/ingestion/*",
        id="ingestion",
    ),
    pytest.param(
        "quicksight",
        "create_data_source",
        {"AwsAccountId": "{account}", "DataSourceId": "{name}", "Name": "n", "Type": "S3"},
        f"arn:aws:quicksight:{PLACE}:datasource/mine-*",
        id="data-source-in-the-body",
    ),
    pytest.param(
        "quicksight",
        "list_dashboard_versions",
        {"AwsAccountId": "{account}", "DashboardId": "{name}"},
        f"arn:aws:quicksight:{PLACE}:dashboard/mine-*",
        id="dashboard",
    ),
]


@pytest.mark.parametrize(("service", "operation", "params", "arn"), NAMED)
def test_leave_is_given_resource_by_resource(
    user: Callable[..., Client], account_id: str, service: str, operation: str, params: dict[str, Any], arn: str
) -> None:
    asked = getattr(user(allow(f"{service}:*", on=arn.format(account=account_id)))(service), operation)

    def code(name: str) -> str:
        try:
            asked(**json.loads(json.dumps(params).replace("{name}", name).replace("{account}", account_id)))
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    assert not code("mine-1").startswith("AccessDenied")
    assert code("other").startswith("AccessDenied")


@pytest.mark.parametrize("key", [None, "AKIAIOSFODNN7EXAMPLE"], ids=["account", "unknown"])
def test_who_signs_as_the_account_is_its_root(local_aws: LocalAws, account_id: str, key: str | None) -> None:
    found = _clients(local_aws, {"AccessKeyId": key or account_id, "SecretAccessKey": "x"})("sts").get_caller_identity()
    assert found["Arn"] == f"arn:aws:iam::{found['Account']}:root"
    assert found["UserId"] == found["Account"]
    if key is None:
        assert found["Account"] == account_id
