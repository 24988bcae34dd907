"""Objects that were uploaded in parts: a part is read, and the parts are told of."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

PARTS = [os.urandom(5 << 20), os.urandom((5 << 20) + 7), b"the end"]
ASKED = ["ETag", "Checksum", "ObjectParts", "ObjectSize"]


@pytest.fixture
def s3(client: Callable[..., Any]) -> Any:
    return client("s3")


def uploaded(s3: Any, bucket: str, **options: Any) -> str:
    """The ETag of an object of three parts."""
    place = {"Bucket": bucket, "Key": "large"}
    upload = s3.create_multipart_upload(**place, **options)["UploadId"]
    sent = []
    for number, data in enumerate(PARTS, 1):
        answer = s3.upload_part(**place, UploadId=upload, PartNumber=number, Body=data, **options)
        sent.append({"PartNumber": number, "ETag": answer["ETag"]})
    return str(s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": sent})["ETag"])


def test_part_is_read_by_its_number(s3: Any, bucket: str) -> None:
    etag = uploaded(s3, bucket)
    total = sum(map(len, PARTS))
    start = 0
    for number, data in enumerate(PARTS, 1):
        found = s3.get_object(Bucket=bucket, Key="large", PartNumber=number)
        head = s3.head_object(Bucket=bucket, Key="large", PartNumber=number)
        assert found["Body"].read() == data
        for answer in (found, head):
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
            assert answer["ContentLength"] == len(data)
            assert answer["ContentRange"] == f"bytes {start}-{start + len(data) - 1}/{total}"
            assert answer["PartsCount"] == 3
            assert answer["ETag"] == etag
        start += len(data)
    assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == b"".join(PARTS)


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_part_that_is_not_there_cannot_be_read(s3: Any, bucket: str, operation: str) -> None:
    uploaded(s3, bucket)
    with pytest.raises(ClientError) as caught:
        getattr(s3, operation)(Bucket=bucket, Key="large", PartNumber=4)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 416


def test_attributes_list_the_parts_with_their_checksums(s3: Any, bucket: str) -> None:
    uploaded(s3, bucket, ChecksumAlgorithm="SHA256")
    found = s3.get_object_attributes(Bucket=bucket, Key="large", ObjectAttributes=ASKED)["ObjectParts"]
    assert (found["TotalPartsCount"], found["IsTruncated"]) == (3, False)
    assert [(each["PartNumber"], each["Size"]) for each in found["Parts"]] == [
        (number, len(data)) for number, data in enumerate(PARTS, 1)
    ]
    digests = [base64.b64encode(hashlib.sha256(data).digest()).decode() for data in PARTS]
    assert [each["ChecksumSHA256"] for each in found["Parts"]] == digests


def test_attributes_page_the_parts(s3: Any, bucket: str) -> None:
    uploaded(s3, bucket, ChecksumAlgorithm="SHA256")
    asked = {"Bucket": bucket, "Key": "large", "ObjectAttributes": ASKED, "MaxParts": 2}
    first = s3.get_object_attributes(**asked)["ObjectParts"]
    assert [each["PartNumber"] for each in first["Parts"]] == [1, 2]
    assert (first["IsTruncated"], first["NextPartNumberMarker"], first["TotalPartsCount"]) == (True, 2, 3)
    second = s3.get_object_attributes(**asked, PartNumberMarker=2)["ObjectParts"]
    assert [each["PartNumber"] for each in second["Parts"]] == [3]
    assert not second["IsTruncated"]


def test_object_that_was_put_at_once_has_no_parts(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="small", Body=b"abc")
    assert "ObjectParts" not in s3.get_object_attributes(Bucket=bucket, Key="small", ObjectAttributes=ASKED)
    found = s3.get_object(Bucket=bucket, Key="small", PartNumber=1)
    assert found["Body"].read() == b"abc"
