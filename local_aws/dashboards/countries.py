"""Names of countries, as people write them, to the names of the map's shapes.

The shapes' names are Natural Earth's (local_aws/dashboards/static/world). ISO codes are those of ISO 3166-1 that shops
and ledgers meet most. Evidence: https://docs.aws.amazon.com/quicksight/latest/user/geospatial-data-prep.html
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

WORLD = Path(__file__).parent / "static" / "world" / "world.json"

_ALIASES = {
    "United Kingdom": "UK, GB, GBR, Great Britain, Britain, England, Scotland, Wales, Northern Ireland",
    "United States of America": "USA, US, United States, America, U.S.A., U.S.",
    "Ireland": "EIRE, IE, IRL, Republic of Ireland",
    "South Africa": "RSA, ZA, ZAF",
    "Jersey": "Channel Islands",
    "Czechia": "Czech Republic, CZ, CZE",
    "United Arab Emirates": "UAE, AE, ARE, Emirates",
    "South Korea": "Korea, Republic of Korea, Korea (South), KR, KOR",
    "North Korea": "DPRK, KP, PRK",
    "Russia": "Russian Federation, RU, RUS",
    "Bosnia and Herz.": "Bosnia, Bosnia and Herzegovina, BA, BIH",
    "Dominican Rep.": "Dominican Republic, DO, DOM",
    "Central African Rep.": "Central African Republic, CF, CAF",
    "Dem. Rep. Congo": "Democratic Republic of the Congo, DR Congo, CD, COD",
    "Congo": "Republic of the Congo, CG, COG",
    "Côte d'Ivoire": "Ivory Coast, CI, CIV",
    "Eq. Guinea": "Equatorial Guinea, GQ, GNQ",
    "S. Sudan": "South Sudan, SS, SSD",
    "W. Sahara": "Western Sahara, EH, ESH",
    "Solomon Is.": "Solomon Islands, SB, SLB",
    "Marshall Is.": "Marshall Islands, MH, MHL",
    "Faeroe Is.": "Faroe Islands, FO, FRO",
    "Cayman Is.": "Cayman Islands, KY, CYM",
    "Antigua and Barb.": "Antigua and Barbuda, AG, ATG",
    "St. Kitts and Nevis": "Saint Kitts and Nevis, KN, KNA",
    "St. Vin. and Gren.": "Saint Vincent and the Grenadines, VC, VCT",
    "eSwatini": "Swaziland, Eswatini, SZ, SWZ",
    "Macedonia": "North Macedonia, MK, MKD",
    "Cabo Verde": "Cape Verde, CV, CPV",
    "Timor-Leste": "East Timor, TL, TLS",
    "Myanmar": "Burma, MM, MMR",
    "Vatican": "Vatican City, Holy See, VA, VAT",
    "Turkey": "Türkiye, TR, TUR",
    "Netherlands": "Holland, The Netherlands, NL, NLD",
    "Hong Kong": "HK, HKG, Hong Kong SAR",
    "Taiwan": "TW, TWN",
    "Vietnam": "Viet Nam, VN, VNM",
    "Germany": "DE, DEU, Deutschland",
    "France": "FR, FRA",
    "Spain": "ES, ESP",
    "Italy": "IT, ITA",
    "Portugal": "PT, PRT",
    "Belgium": "BE, BEL",
    "Austria": "AT, AUT",
    "Switzerland": "CH, CHE",
    "Sweden": "SE, SWE",
    "Norway": "NO, NOR",
    "Denmark": "DK, DNK",
    "Finland": "FI, FIN",
    "Poland": "PL, POL",
    "Greece": "GR, GRC",
    "Japan": "JP, JPN",
    "China": "CN, CHN, People's Republic of China",
    "India": "IN, IND",
    "Australia": "AU, AUS",
    "New Zealand": "NZ, NZL",
    "Canada": "CA, CAN",
    "Mexico": "MX, MEX",
    "Brazil": "BR, BRA",
    "Singapore": "SG, SGP",
    "Israel": "IL, ISR",
    "Saudi Arabia": "KSA, SA, SAU",
    "Iran": "Iran (Islamic Republic of), IR, IRN",
    "Syria": "Syrian Arab Republic, SY, SYR",
    "Moldova": "Republic of Moldova, MD, MDA",
    "Tanzania": "United Republic of Tanzania, TZ, TZA",
    "Venezuela": "Venezuela (Bolivarian Republic of), VE, VEN",
    "Bolivia": "Bolivia (Plurinational State of), BO, BOL",
}


@cache
def _shapes() -> Mapping[str, tuple[str, tuple[float, float]]]:
    """Folded name → (the shape's name, the middle of its largest land: longitude and latitude)."""
    features = json.loads(WORLD.read_text(encoding="utf-8"))["features"]
    middles = {each["properties"]["name"]: tuple(each["properties"]["cp"]) for each in features}
    found = {_folded(name): (name, middle) for name, middle in middles.items()}
    for name, others in _ALIASES.items():
        found |= {_folded(each): (name, middles[name]) for each in others.split(",")}
    return found


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return " ".join(plain.replace("&", "and").replace(".", "").lower().split())


def shape_of(name: object) -> str | None:
    """The map's shape for a country's name or ISO code; None for what is no country, such as `Unspecified`."""
    found = _shapes().get(_folded(str(name)))
    return found[0] if found else None


def middle_of(name: object) -> tuple[float, float] | None:
    """Where a country's point stands: (longitude, latitude)."""
    found = _shapes().get(_folded(str(name)))
    return found[1] if found else None
