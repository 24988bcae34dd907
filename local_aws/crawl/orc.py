"""The ORC classifier: the schema is in the file. Evidence: https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html

Deviates: the tables are made, but Athena and Redshift Spectrum refuse to read ORC here.
"""

from __future__ import annotations

from pathlib import Path

from local_aws.crawl.files import FileSchema
from local_aws.crawl.parquet import hive_type

MAGIC = b"ORC"


def classify(path: Path) -> FileSchema | None:
    """The schema in the file's tail, or None if the file is no (whole) ORC file."""
    import pyarrow as pa
    from pyarrow import orc

    try:
        file = orc.ORCFile(str(path))
    except (pa.ArrowException, OSError):
        return None
    columns = {each.name.lower(): hive_type(each.type) for each in file.schema}
    return FileSchema("orc", "none", columns, file.nrows, path.stat().st_size / max(1, file.nrows))
