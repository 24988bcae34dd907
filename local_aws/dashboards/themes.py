"""Themes that AWS manages: a dashboard names one by its ARN.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/customizing-quicksight-themes.html (the starter themes) and
API_CreateAccountCustomization.html (their ARN). Deviates: the palettes are not published, so a dark theme opens in the
viewer's dark colours and every other one in its light colours.
"""

from __future__ import annotations

import re
from typing import Literal

from local_aws.errors import AwsError, Unsupported

Shade = Literal["light", "dark"]

MANAGED: dict[str, Shade] = {"CLASSIC": "light", "MIDNIGHT": "dark", "SEASIDE": "light", "RAINIER": "light"}
_ARN = re.compile(r"arn:aws[\w-]*:quicksight:[\w-]*:(aws|\d{12}):theme/([\w-]+)")


def managed(arn: str) -> Shade:
    """Whether the theme is light or dark.

    :raises AwsError: `InvalidParameterValueException` for what is no theme's ARN; `ResourceNotFoundException` for an
        AWS-managed theme that there is not.
    :raises Unsupported: for an account's own theme.
    """
    found = _ARN.fullmatch(arn)
    if found is None:
        raise AwsError("InvalidParameterValueException", f"{arn} is no ARN of a theme")
    owner, name = found.groups()
    if owner != "aws":
        raise Unsupported(f"QuickSight's own themes of an account (ThemeArn {arn})")
    if name not in MANAGED:
        raise AwsError("ResourceNotFoundException", f"There is no theme {arn}", 404, ResourceType="THEME")
    return MANAGED[name]
