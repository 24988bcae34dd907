"""Stacks: templates read, resolved and carried out through the account's own APIs, so that every resource is real."""
