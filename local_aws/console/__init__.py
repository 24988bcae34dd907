"""The page at `/`: what there is and what happened, for people. See `page.py`."""

from local_aws.console.page import console_page
from local_aws.console.world import HOME

__all__ = ["HOME", "console_page"]
