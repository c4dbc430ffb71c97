"""What is put between an item's sentences: texts of our own that speak of nothing anybody sells."""

BOILERPLATE = (
    "This page uses small files that remember which pages you have opened. You can delete them at any time in the menu "
    "of your browser, and the page will go on working as before.",
    "The visitors' car park is behind the building. Please use the entrance on the left, sign the book at the front "
    "desk and wait there until somebody fetches you.",
    "All pictures on this page were taken by ourselves or are shown with the consent of those who took them. If you "
    "think that one of them should not be here, write to us.",
    "Statements about the future rest on what we knew on the day of writing. Things may turn out differently, and we "
    "are not obliged to bring older pages up to date.",
    "Our office is closed on public holidays and between Christmas and the sixth of January. Letters that arrive in "
    "that time are opened in the order of their arrival.",
    "This year's summer party was held by the lake. It rained until four, then the sun came out, and the tug of war "
    "was won by the second floor for the third time in a row.",
    "You can reach us by bus 14 or 22, stop Town Hall, and from there in six minutes on foot along the canal. Cyclists "
    "find stands in the yard.",
    "Nothing on this page is an offer in the sense of the law. Names and marks belong to their owners. No part of the "
    "text may be copied without consent in writing.",
    "We want everybody to be able to read this page. If letters are too small or colours too weak for you, tell us "
    "what is missing and we will try to mend it.",
    "In spring we planted twelve apple trees behind the hall. Three of them already carry fruit, and the children of "
    "the neighbourhood are welcome to pick it.",
    "Links lead to pages of other people. We looked at them when we set the link, found nothing wrong, and cannot "
    "answer for what has been changed there since.",
    "Thank you for your patience while we put this page in order. Some photographs are still missing, and a few of the "
    "older news may be found in the wrong month.",
    "The dog that can be seen on some of the pictures is called Biscuit. She is eleven years old, sleeps under the "
    "stairs and takes no notice of visitors.",
    "The law of the country in which we have our seat applies. Should one sentence of these terms be void, the others "
    "remain as they are.",
    "If you no longer wish to hear from us, follow the link at the foot of any letter. It may take up to three days "
    "until the last one has arrived.",
    "The building dates from 1908 and is listed. The clock in the stairwell was stopped for forty years and has been "
    "going again since a pensioner from next door took it apart.",
    "Please do not print this page unless you must. If you do, use both sides of the sheet.",
    "Older versions of this text can be had on request. The date at the foot of the page says when it was last "
    "changed; changes of spelling are not counted.",
)

FOREIGN = (
    "Der Parkplatz liegt hinter dem Haus, bitte benutzen Sie den linken Eingang.",
    "Le bureau est fermé les jours fériés et pendant la première semaine de janvier.",
    "La entrada está a la izquierda y el patio se cierra a las ocho de la tarde.",
    "Biuro jest nieczynne w święta oraz w pierwszym tygodniu stycznia.",
    "Im Frühling haben wir hinter der Halle zwölf Apfelbäume gepflanzt.",
    "Cette page a été mise à jour au printemps, les anciennes versions restent lisibles.",
    "La fiesta de verano se celebró junto al lago y llovió hasta las cuatro.",
    "Zegar na klatce schodowej stał przez czterdzieści lat i znowu chodzi.",
    "Wir danken allen, die uns im vergangenen Jahr geschrieben haben.",
    "On arrive chez nous à pied en six minutes, le long du canal.",
    "Los perros son bienvenidos, siempre que no suban a los sillones.",
    "Dziękujemy za cierpliwość i życzymy miłego dnia.",
    "Das Gebäude stammt aus dem Jahr 1908 und steht unter Denkmalschutz.",
    "Les photos de cette page ont été prises par un voisin.",
    "El autobús número catorce para delante del ayuntamiento.",
    "Drzewa za budynkiem posadziły dzieci z sąsiedztwa.",
)

JARGON_OPENINGS = ("Going forward,", "At the end of the day,", "Holistically speaking,", "With a growth mindset,",
                   "End to end,", "On a 360-degree basis,")  # fmt: skip
JARGON_VERBS = ("we leverage", "we unlock", "we synergise", "we champion", "we future-proof", "we operationalise",
                "we double down on", "we reimagine")  # fmt: skip
JARGON_ADJECTIVES = ("best-of-breed", "mission-critical", "next-generation", "frictionless", "purpose-led", "agile",
                     "game-changing", "value-adding")  # fmt: skip
JARGON_NOUNS = ("synergies", "paradigms", "touchpoints", "ecosystems", "north stars", "learnings", "value streams",
                "win-win outcomes")  # fmt: skip

DEBRIS_BLOCKS = (
    '<nav class="menu"><ul><li><a href="/">Home</a></li><li><a href="/about">About</a></li></ul></nav>',
    "<script>window.layer = window.layer || []; layer.push({event: 'view', page: 1});</script>",
    '<div class="cookie-banner">We use cookies. <button>Accept all</button> <button>Only necessary</button></div>',
    "<style>.row > .col { margin: 0 auto; padding: 4px }</style>",
    "Home | About | News | Contact | Imprint | Skip to content",
    '<!-- begin: widget 7, rendered in 12 ms --><div class="wp-block wp-block--wide" data-v="3"></div>',
    '<a href="#top" aria-label="Back to top">&uarr; Top</a>',
    '<form action="/find" method="get"><input type="text" name="q" placeholder="Find"></form>',
    "Share this: [f] [x] [in] &middot; Print &middot; 0 comments",
    '<img src="/img/blank.gif" width="1" height="1" alt="">',
    "&copy; 2019&ndash;2024 &middot; All rights reserved &middot; Cookie settings",
    "<noscript>Please switch on scripts to see this page.</noscript>",
)
DEBRIS_SCRAPS = ("&nbsp;", "<br>", "&amp;", "</span>", "<b>", "</b>", "&#8203;", "<p>", "</div>", "&quot;", "\\n", "|")
