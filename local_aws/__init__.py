"""The analytics services of AWS, embedded: real crawls, real SQL, real ingestions, no account.

`python -m local_aws` serves them on one port; `local_aws.server.LocalAws` does so in process.
"""

__version__ = "0.1.0"
