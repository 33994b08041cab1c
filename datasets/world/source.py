"""Countries as the packages countryinfo and Babel give them, with every repair listed.

Needed only to make the files again; nothing here is imported when the data set is loaded.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel import Locale

DISSOLVED = {"ANT", "SCG"}
"""Netherlands Antilles (until 2010), Serbia and Montenegro (until 2006)."""

SLIPS = {("TCD", "SSD"): "SDN", ("MMR", "BTN"): "IND", ("KWT", "IRN"): "IRQ"}
"""One-sided entries that name the wrong neighbour; the right one names the country from its side, so nothing is lost."""

ACCOUNTING_UNITS = {"BOV", "CHE", "CHW", "CLF", "USN", "USS", "UYI"}
"""ISO 4217 codes of funds and indexed units, which nobody pays with."""

LANGUAGE_REPAIRS = {"rs": "sr"}
LANGUAGE_NAMES = {"cnr": "Montenegrin"}

WRONG_PROVINCES = {"IOT", "SSD", "TLS"}
"""They carry the provinces of the British Virgin Islands, Spain, and Trinidad and Tobago."""


Repairs = defaultdict[str, list[str]]
"""What was changed, by kind of repair."""


@dataclass
class Country:
    """One country; a field is empty, or None, where the source gives nothing."""

    code: str
    name: str
    capital: str
    region: str
    subregion: str
    population: int | None
    area: float | None
    latitude: float | None
    longitude: float | None
    demonym: str
    native_name: str
    spellings: list[str]
    provinces: list[str]
    clocks: list[str]
    languages: list[str]
    currencies: list[str]
    neighbours: set[str] = field(default_factory=set)


def read_countries() -> tuple[list[Country], Repairs]:
    """All countries in order of their names, and what was repaired."""
    from babel import Locale

    repairs: Repairs = defaultdict(list)
    records = _records(repairs)
    locale = Locale("en")
    countries = {code: _country(record, locale, repairs) for code, record in records.items()}
    _borders(records, countries, repairs)
    _provinces(countries, repairs)
    return sorted(countries.values(), key=lambda c: c.name), repairs


def _records(repairs: Repairs) -> dict[str, dict[str, Any]]:
    """One record a code: of two for the same country the one with more in it stays."""
    records: dict[str, dict[str, Any]] = {}
    folder = files("countryinfo").joinpath("data")
    for path in sorted((p for p in folder.iterdir() if p.name.endswith(".json")), key=lambda p: p.name):
        record = json.loads(path.read_text("utf-8"))
        code = record["ISO"]["alpha3"]
        if code in DISSOLVED:
            repairs["dissolved states left out"].append(record["name"])
            continue
        if code in records:
            repairs["second records of a country left out"].append(code)
            record = max(records[code], record, key=lambda r: sum(bool(v) for v in r.values()))
        records[code] = record
    return records


def _country(record: dict[str, Any], locale: Locale, repairs: Repairs) -> Country:
    latitude, longitude = record.get("latlng") or (None, None)
    return Country(
        code=record["ISO"]["alpha3"],
        name=record["name"],
        capital=_capital(record.get("capital"), repairs),
        region=record.get("region") or "",
        subregion=record.get("subregion") or "",
        population=record.get("population"),
        area=record.get("area"),
        latitude=latitude,
        longitude=longitude,
        demonym=record.get("demonym") or "",
        native_name=_plain(record.get("nativeName") or ""),
        spellings=[_plain(s) for s in record.get("altSpellings") or [] if not re.fullmatch("[A-Z]{2,3}", s)],
        provinces=[_plain(p) for p in record.get("provinces") or []],
        clocks=record.get("timezones") or [],
        languages=_languages(record.get("languages") or [], locale, repairs),
        currencies=_currencies(record.get("currencies") or [], locale, repairs),
    )


def _plain(text: str) -> str:
    """Without invisible direction marks and doubled blanks."""
    return " ".join(re.sub("[\u200e\u200f]", "", text).split())


def _capital(value: str | list[str] | None, repairs: Repairs) -> str:
    listed = value if isinstance(value, list) else (value or "").split(" / ")
    if len(listed) > 1:
        repairs["several chief towns cut to the first"].append(" / ".join(listed))
    return listed[0]


def _languages(codes: list[str], locale: Locale, repairs: Repairs) -> list[str]:
    repairs["language codes corrected"] += [f"{c} to {LANGUAGE_REPAIRS[c]}" for c in codes if c in LANGUAGE_REPAIRS]
    mended = [LANGUAGE_REPAIRS.get(c, c) for c in codes]
    return [LANGUAGE_NAMES.get(c) or str(locale.languages[c]) for c in mended]


def _currencies(codes: list[str], locale: Locale, repairs: Repairs) -> list[str]:
    repairs["units of account left out"] += [c for c in codes if c in ACCOUNTING_UNITS]
    money = [c for c in codes if c not in ACCOUNTING_UNITS]
    return [re.sub(r" \(.*\)$", "", str(locale.currencies[c])) for c in money]  # without "(2000–2016)"


def _borders(records: dict[str, dict[str, Any]], countries: dict[str, Country], repairs: Repairs) -> None:
    """Fill ``neighbours`` symmetrically: a border that only one side lists holds for both."""
    by_short = {r["ISO"]["alpha2"]: code for code, r in records.items()}
    listed: set[tuple[str, str]] = set()
    for code, record in records.items():
        for other in record.get("borders") or []:
            if other not in countries and other in by_short:
                repairs["two-letter codes in border lists read"].append(f"{code}: {other}")
                other = by_short[other]
            if other not in countries:
                repairs["border codes of no country dropped"].append(f"{code}: {other}")
            elif (code, other) in SLIPS:
                repairs["wrong neighbours dropped"].append(f"{code}: {other}, meant {SLIPS[code, other]}")
            else:
                listed.add((code, other))
    for a, b in sorted(listed):
        if (b, a) not in listed:
            repairs["one-sided borders completed"].append(f"{countries[a].name}: {countries[b].name}")
        countries[a].neighbours.add(b)
        countries[b].neighbours.add(a)


def _provinces(countries: dict[str, Country], repairs: Repairs) -> None:
    """Undo exchanged and misplaced lists of provinces."""
    for code in WRONG_PROVINCES:
        countries[code].provinces = []
    zaire, congo = countries["COD"], countries["COG"]
    zaire.provinces, congo.provinces = congo.provinces, zaire.provinces
    andorran = set(countries["AND"].provinces)
    countries["AGO"].provinces = [p for p in countries["AGO"].provinces if p not in andorran]
    repairs["lists of provinces corrected"] = sorted(WRONG_PROVINCES | {"AGO", "COD", "COG"})
