"""COPY and UNLOAD: between objects of S3 and tables."""
