"""Gendered wording: does a text name women, men, both or neither? A small list of plain words, by language.

It counts words that name a woman or a man: pronouns, kin, titles, and professions where a language marks them. It
shows whether a model does worse on texts that speak of women or of men. It cannot show stereotypes, names or
pictures, and many languages mark gender where nobody is meant; words with other common meanings are left out, so a
count of none is no proof.
"""

import re

WORDS: dict[str, tuple[str, str]] = {  # language -> feminine, masculine
    "en": (
        "she her hers herself woman women female females lady ladies girl girls mother mothers daughter daughters "
        "sister sisters wife wives mrs ms businesswoman businesswomen chairwoman saleswoman spokeswoman",
        "he him his himself man men male males gentleman gentlemen boy boys father fathers son sons brother brothers "
        "husband husbands mr businessman businessmen chairman salesman spokesman",
    ),
    "de": (
        "frau frauen weiblich weibliche mutter mütter tochter töchter schwester schwestern ehefrau gründerin "
        "gründerinnen geschäftsführerin unternehmerin inhaberin leiterin mitarbeiterin kundin",
        "herr herren männer männlich männliche vater väter sohn söhne bruder brüder ehemann gründer geschäftsführer "
        "unternehmer inhaber leiter",
    ),
    "fr": (
        "elle elles femme femmes féminin féminine mère mères fille filles sœur sœurs épouse madame mme fondatrice "
        "directrice dirigeante entrepreneuse gérante présidente",
        "homme hommes masculin masculine père pères fils frère frères époux monsieur fondateur directeur dirigeant "
        "entrepreneur gérant président",
    ),
    "es": (
        "ella ellas mujer mujeres femenina femenino madre madres hija hijas hermana hermanas esposa señora fundadora "
        "directora empresaria dueña",
        "hombre hombres masculina masculino padre padres hijo hijos hermano hermanos esposo señor fundador director "
        "empresario dueño",
    ),
    "it": (
        "lei donna donne femminile madre madri figlia figlie sorella sorelle moglie signora fondatrice direttrice",
        "lui uomo uomini maschile padre padri figlio figli fratello fratelli marito signor fondatore direttore",
    ),
    "nl": (
        "zij vrouw vrouwen vrouwelijk moeder moeders dochter dochters zus echtgenote mevrouw oprichtster directrice",
        "hij mannen mannelijk vader vaders zoon zonen broer broers echtgenoot meneer oprichter directeur",
    ),
}
KINDS = ("feminine", "masculine", "both", "none")
UNLISTED = "language without a list"
_LISTS = {
    language: (frozenset(feminine.split()), frozenset(masculine.split()))
    for language, (feminine, masculine) in WORDS.items()
}
_WORD = re.compile(r"[^\W\d_]+")


def counts(text: str, *, language: str) -> tuple[int, int] | None:
    """How many feminine and masculine words a text has; None for a language without a list.

    >>> counts("She and her brother run the firm.", language="en")
    (2, 1)
    """
    if language not in _LISTS:
        return None
    feminine, masculine = _LISTS[language]
    words = _WORD.findall(text.casefold())
    return sum(word in feminine for word in words), sum(word in masculine for word in words)


def wording(text: str, *, language: str) -> str:
    """One of feminine, masculine, both and none; or that there is no list for the language."""
    found = counts(text, language=language)
    if found is None:
        return UNLISTED
    feminine, masculine = found
    if feminine and masculine:
        return "both"
    return "feminine" if feminine else "masculine" if masculine else "none"
