"""Our own services, in the order in which they are built: an engine before those that read from it."""

from __future__ import annotations

from local_aws.services.athena import Athena
from local_aws.services.base import Service
from local_aws.services.cloudformation import CloudFormation
from local_aws.services.firehose import Firehose
from local_aws.services.glue import Glue
from local_aws.services.kinesis import Kinesis
from local_aws.services.quicksight import QuickSight
from local_aws.services.redshift import Redshift
from local_aws.services.redshift_data import RedshiftData
from local_aws.services.redshift_serverless import RedshiftServerless

SERVICES: tuple[type[Service], ...] = (
    Kinesis,
    Firehose,
    Glue,
    Athena,
    RedshiftServerless,
    Redshift,
    RedshiftData,
    QuickSight,
    CloudFormation,
)
