"""Waits that live in the triggerer: small, serializable, each with its own deadline."""
