"""Who may do what: IAM's policies, applied to every request."""

from __future__ import annotations

from local_aws.permissions.policies import Principal, check, principal_of

__all__ = ["Principal", "check", "principal_of"]
