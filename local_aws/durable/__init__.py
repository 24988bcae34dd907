"""State that survives the process: rows in one SQLite file beside the objects, written before an answer leaves."""

from local_aws.durable.journal import DirectoryRefused, Journal
from local_aws.durable.keeper import Keeper

__all__ = ["DirectoryRefused", "Journal", "Keeper"]
