"""Which part carries out which statement."""
from __future__ import annotations
