"""Unedited clients of AWS, run against local_aws: `make conformance`.

Each `conformance/test_<client>.py` drives one client by what its users write. It runs in an environment of its own,
installed from a lock beside it (`clients.txt`, `dbt.txt`, …); the client reaches the endpoint by AWS's environment
variables alone, and nothing of it is patched. A test marked `refused(word)` passes if the client meets a typed error
whose text contains the word, which names the feature.

A client has so many minutes; then it is ended with all that it started, and what it came to counts. A run that was cut
off goes on where it stood. What each client last came to is written to `results.json`, which
docs/coverage.md shows.
"""
