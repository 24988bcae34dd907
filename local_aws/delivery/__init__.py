"""Delivery of streams to S3: buffers, object names, compression, metrics. What Firehose does behind its API."""
