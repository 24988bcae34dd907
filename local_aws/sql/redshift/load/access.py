"""What COPY and UNLOAD say of access: roles and keys are read and not checked; the region must be ours.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html. Deviates: local_aws
has one user, so a role is not assumed, and IAM_ROLE DEFAULT needs no default role at the namespace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.sql.redshift import errors

if TYPE_CHECKING:
    from local_aws.sql.redshift.reader import Reader

_KEYS = ("SECRET_ACCESS_KEY", "SESSION_TOKEN")


def take_authorization(reader: Reader) -> bool:
    """Go past one authorization clause, if one comes next."""
    if reader.take("WITH") or reader.take("IAM_ROLE"):
        if reader.text.upper() == "CREDENTIALS":
            return take_authorization(reader)
        role = reader.value()
        if role.lower() != "default" and not all(each.startswith("arn:") for each in role.split(",")):
            raise errors.error(f"Invalid IAM_ROLE: {role}")
        return True
    if reader.take("CREDENTIALS"):
        reader.take("AS")
        given = dict(each.partition("=")[::2] for each in reader.value().split(";"))
        if "aws_iam_role" not in given and not {"aws_access_key_id", "aws_secret_access_key"} <= given.keys():
            raise errors.error("Invalid credentials. Must be of the format: credentials 'aws_iam_role=...'")
        return True
    if reader.take("ACCESS_KEY_ID"):
        reader.take("AS")
        reader.value()
        return True
    for word in _KEYS:
        if reader.take(word):
            reader.take("AS")
            reader.value()
            return True
    return False


def take_region(reader: Reader) -> bool:
    """Go past REGION. Deviates: the bucket is found whatever region it names; all of an account's buckets are here."""
    if not reader.take("REGION"):
        return False
    reader.take("AS")
    reader.value()
    return True
