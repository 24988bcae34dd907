"""The records of Kinesis streams: append logs by shard, on disk, read by position and trimmed by the clock."""
