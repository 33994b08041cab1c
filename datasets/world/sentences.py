"""Sentences about countries: texts that leave the facts out, and descriptions that leave the name out."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata

from graphemb.datasets.world.source import Country

COMMON_WORDS = frozenset(
    re.findall(
        r"\w+",
        """arab central channel city democratic dutch east eastern federal federated french great independent island islander islands
        islas kingdom minor new north northern outlying part people peoples plurinational principality province republic republica
        republique saint socialist south southern state states territories territory the union united west western and commonwealth""",
    )
)
"""Words in names of countries that do not tell one country from another."""

MAX_PROVINCES = 12


def fold(text: str) -> str:
    """Lower case without accents.

    >>> fold("São Tomé")
    'sao tome'
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def mentions(text: str, name: str) -> bool:
    """Whether ``name`` stands in ``text`` as whole words, case and accents ignored.

    >>> mentions("Lisboa (Lisbon)", "lisbon"), mentions("Nigerian", "Niger")
    (True, False)
    """
    return re.search(rf"(?<!\w){re.escape(fold(name))}(?!\w)", fold(text)) is not None


# -- texts: only what is no triple


def country_text(country: Country, linked: list[str]) -> str:
    """What the country is called, its provinces, size, position and clocks; ``linked`` names never occur in it."""

    def allowed(values: list[str]) -> list[str]:
        fresh = dict.fromkeys(v for v in values if v and v != country.name)
        return [v for v in fresh if not any(mentions(v, name) for name in linked)]

    sentences = [f"{country.name} is the name used here."]
    if demonyms := allowed(re.split("[,/]", country.demonym)):
        sentences.append(f"Its people are called {_join(demonyms)}.")
    if native := allowed([country.native_name]):
        sentences.append(f"Its own name for itself is {native[0]}.")
    if spellings := [s for s in allowed(country.spellings) if s not in native]:
        sentences.append(f"It is also written {_join(spellings)}.")
    if provinces := allowed(country.provinces):
        more = " and others" if len(provinces) > MAX_PROVINCES else ""
        sentences.append(f"Its provinces are {_join(provinces[:MAX_PROVINCES])}{more}.")
    if country.area:
        sentences.append(f"It covers {country.area:,} square kilometres.")
    if country.population:
        sentences.append(f"It has {country.population:,} inhabitants.")
    if country.latitude is not None and country.longitude is not None:
        sentences.append(f"It lies at {_degrees(country.latitude, 'north', 'south')} and {_degrees(country.longitude, 'east', 'west')}.")
    if country.clocks:
        sentences.append(f"Its clocks keep {_join(country.clocks)}.")
    return " ".join(sentences)


def _degrees(value: float, positive: str, negative: str) -> str:
    return f"{round(abs(value), 2):g} degrees {positive if value >= 0 else negative}"


def _join(values: list[str]) -> str:
    return values[0] if len(values) == 1 else ", ".join(values[:-1]) + " and " + values[-1]


# -- descriptions: only what is not the name

OPENINGS = ("This land lies", "The place is found", "Look for it")
CROWDS = ("It is home to about {} people", "Some {} people live there", "Its inhabitants number roughly {}")
SIZES = ("on {} square kilometres", "and it measures {} square kilometres", "with {} square kilometres of ground")
MONEY = ("Shops take the {}", "Bills are paid in the {}", "The money is the {}")
TONGUES = ("people speak {}", "one hears {}", "officials write {}")
ALONE = ("No border on land has to be crossed.", "Nobody walks in from next door.", "It has no neighbour on land.")
NEIGHBOURS = ("It touches {} on land.", "On land it has {}.", "One can walk into {}.")


def describe(country: Country) -> str | None:
    """The country in round numbers and without its name; None where too little is known."""
    if not (country.population and country.area and country.latitude is not None and country.longitude is not None):
        return None
    where = next((f" in {place}" for place in (country.subregion, country.region) if place and not _tells(place, country)), "")
    sentences = [
        f"{_pick(OPENINGS, country, 0)}{where} around {_round_degrees(country.latitude, 'north', 'south')} and "
        f"{_round_degrees(country.longitude, 'east', 'west')}.",
        f"{_pick(CROWDS, country, 1).format(in_round_words(country.population))} "
        f"{_pick(SIZES, country, 2).format(in_round_words(country.area))}.",
        _customs(country),
        _bordering(country),
    ]
    return " ".join(s for s in sentences if s)


def _customs(country: Country) -> str:
    units = [name.split()[-1].lower() for name in country.currencies]  # "Bhutanese Ngultrum" would give the name away
    money = [u for u in dict.fromkeys(units) if not _tells(u, country)]
    tongues = [t for t in country.languages if not _tells(t, country)]
    parts = [_pick(MONEY, country, 3).format(" and the ".join(money))] if money else []
    parts += [_pick(TONGUES, country, 4).format(_join(tongues))] if tongues else []
    text = ", and ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _bordering(country: Country) -> str:
    n = len(country.neighbours)
    if not n:
        return _pick(ALONE, country, 5)
    return _pick(NEIGHBOURS, country, 5).format(f"{in_words(n)} other countr{'y' if n == 1 else 'ies'}")


def _tells(text: str, country: Country) -> bool:
    """Whether a word of ``text`` begins like a word of one of the country's own names."""
    own = " ".join([country.name, country.native_name, country.demonym, *country.spellings])
    stems = {w[:4] for w in _words(own)}
    return any(w[:4] in stems for w in _words(text))


def _words(text: str) -> list[str]:
    return [w for w in re.findall(r"\w+", fold(text)) if len(w) >= 3 and w not in COMMON_WORDS]


def _pick(phrases: tuple[str, ...], country: Country, place: int) -> str:
    return phrases[hashlib.sha256(country.code.encode()).digest()[place] % len(phrases)]


def _round_degrees(value: float, positive: str, negative: str) -> str:
    degrees = math.floor(abs(value) + 0.5)
    return f"{in_words(degrees)} degree{'s' if degrees != 1 else ''} {positive if value >= 0 else negative}"


# -- numbers in words

ONES = re.findall(
    r"\w+",
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen""",
)
TENS = re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety")
SCALES = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"), (10**2, "hundred"))


def in_round_words(number: float) -> str:
    """The number rounded to two digits, in words.

    >>> in_round_words(10477800), in_round_words(0.49)
    ('ten million', 'less than one')
    """
    if number < 1:
        return "less than one"
    step = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return in_words(math.floor(number / step + 0.5) * step)


def in_words(number: int) -> str:
    """A whole number from 0 in words.

    >>> in_words(92000), in_words(1_300_000_000)
    ('ninety-two thousand', 'one billion three hundred million')
    """
    for scale, word in SCALES:
        if number >= scale:
            head, rest = divmod(number, scale)
            return f"{in_words(head)} {word}" + (f" {in_words(rest)}" if rest else "")
    if number < 20:
        return ONES[number]
    tens, ones = divmod(number, 10)
    return TENS[tens - 2] + (f"-{ONES[ones]}" if ones else "")
