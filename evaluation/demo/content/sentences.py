"""The words that company texts are made of, in three languages."""

NAME_HEADS = """
Nor Vel Cal Mar Tes Bri Lum Hal Kor Sal Ver Ost Alt Ama Fen Gar Ire Jun Kes Lin Mon Nav Oro Pel Qua Ros Sil
Tam Ulm Vas Wen Xan Yar Zel Arc Bel Cor Dal Elb Fal
""".split()  # noqa: SIM905
NAME_TAILS = """
ova ent ium ara tec dor lis mark wick stad via net ora plan vik ström field loop gate ward tal berg croft nia
dyne sta rion lane desk path
""".split()  # noqa: SIM905
NAME_WORDS = """
Group Works Partners Systems Services Industries Solutions Labs Supply Digital Holding Trading Technik Sur
Norte Collective Associates International
""".split()  # noqa: SIM905
FAMILIES = """
Okafor Lindqvist Moreno Brandt Novak Haddad Silva Keller Duarte Petrov Nakamura Osei Castellano Werner Rinaldi
Farouk Jansen Moreau Achebe Tanaka Vargas Holm Schuster Ibarra Kowalski Mensah Dubois Roth Salazar Virtanen
""".split()  # noqa: SIM905
TOWNS = {
    "Europe": ["Leipzig", "Gdańsk", "Porto", "Turin", "Aarhus", "Lyon", "Graz", "Bilbao", "Leeds", "Brno", "Ghent"],
    "North America": ["Columbus", "Halifax", "Tucson", "Omaha", "Quebec City", "Raleigh", "Boise", "Hamilton"],
    "Asia Pacific": ["Osaka", "Pune", "Penang", "Brisbane", "Cebu", "Busan", "Da Nang"],
    "Latin America": ["Medellín", "Monterrey", "Rosario", "Arequipa", "Curitiba", "Guadalajara"],
    "Africa and Middle East": ["Nairobi", "Casablanca", "Accra", "Amman", "Durban", "Izmir"],
}
CUSTOMERS = {
    "en": [
        "family firms", "regional wholesalers", "hospitals", "food makers", "property owners", "mid-size manufacturers",
        "online retailers", "town councils", "airport operators", "law firms", "machine builders", "hotel groups",
        "universities", "farm cooperatives", "insurers", "start-ups", "chemical plants", "shipping lines",
    ],
    "es": ["empresas familiares", "mayoristas", "hospitales", "fabricantes medianos", "cadenas de tiendas"],
    "de": ["Familienbetriebe", "Großhändler", "Kliniken", "mittelständische Hersteller", "Handelsketten", "Gemeinden"],
}  # fmt: skip
BANKS: dict[str, dict[str, list[str]]] = {
    "en": {
        "open": [
            "{name} was founded in {founded} in {town}.",
            "Since {founded}, {name} has worked with {customers}.",
            "{name} is a company from {town}.",
            "Most of our customers are {customers}, and most of them have been with {name} for years.",
            "At {name} in {town} we keep things simple.",
            "What began in {founded} as a two-person office in {town} is {name} today.",
            "{customers} know {name} by word of mouth.",
            "Welcome to {name}.",
        ],
        "sell": [
            "Our main line is {offer}.",
            "We sell {offer}.",
            "Customers come to us for {offer}.",
            "In short: {offer}.",
            "The firm lives from {offer}.",
            "For {customers} we provide {offer}.",
            "Ask any client what we do and you will hear the same thing: {offer}.",
            "Nine tenths of our turnover comes from {offer}.",
            "We are best known for {offer}.",
        ],
        "also": [
            "A second team offers {offer}.",
            "Since last year there is also {offer}.",
            "Many clients add {offer} to their contract.",
            "On top of that come {offer}, sold separately.",
            "We took over a neighbour in {town} and with it {offer}.",
            "The smaller half of the business is {offer}.",
            "Those who want more get {offer} from the same hand.",
        ],
        "vague": [
            "We help {customers} with everything around {group}, from the first question to the last detail.",
            "Our clients worry less about {group} because we take care of it.",
            "Whatever {customers} need in the way of {group}, they find it with us.",
            "We think of ourselves as partners in {group} rather than as sellers of anything.",
        ],
        "nothing": [
            "We restore church organs and tune harpsichords.",
            "The foundation gives grants to young painters.",
            "We breed roses for public gardens.",
            "Our choir school teaches children from the age of six.",
            "We run a small museum of clocks, with a café.",
        ],
        "others": [
            "Unlike some competitors we do not offer {offer}; that is not our business.",
            "Several of our customers sell {offer}, and we learn a lot from them.",
            "Until 2019 we also had {offer}, but that part was sold to a partner.",
            "Our landlord next door is known for {offer}, which people sometimes mix up with us.",
            "People who look for {offer} are better served by the firms we recommend.",
        ],
        "fill": [
            "Our offices are in {town}, five minutes from the station.",
            "Eight out of ten clients renew their contract each year.",
            "The founders still answer the telephone themselves.",
            "We were named employer of the year by the local chamber.",
            "Prices are fixed in advance, and there is no small print.",
            "We are hiring: write to us if you like plain words.",
            "Every project begins with a visit, whatever the distance.",
            "Last year we moved to a larger building with a better kitchen.",
            "Our people speak six languages and argue in all of them.",
            "A second office opened last spring, closer to {customers}.",
            "We publish our mistakes once a year, so that others need not repeat them.",
            "Working with {customers} has taught us patience.",
            "References are gladly given by telephone.",
            "The company belongs to those who work in it.",
            "New clients usually start with a trial of four weeks.",
            "We use the same tools as everybody else, only more carefully.",
            "Our certificate was renewed in autumn without remarks.",
            "Half of the team works from home on Fridays.",
            "Small orders are as welcome as large ones.",
            "Our youngest client is three weeks old, the oldest two hundred years.",
            "If something goes wrong at night, somebody picks up.",
            "We plant a tree for each contract, and we know where they stand.",
            "The newsletter appears when there is something to say.",
            "Visitors are shown around on the first Monday of the month.",
        ],
    },
    "es": {
        "open": [
            "{name} nació en {founded} en {town}.",
            "Desde {founded}, {name} trabaja con {customers}.",
            "{name} es una empresa de {town}.",
            "En {name} llevamos años al lado de {customers}.",
        ],
        "sell": [
            "Nuestra actividad principal: {offer}.",
            "Ofrecemos {offer} para {customers}.",
            "Los clientes nos buscan por {offer}.",
            "Vivimos de {offer}.",
        ],
        "also": [
            "Desde el año pasado ofrecemos además {offer}.",
            "Un segundo equipo se dedica a {offer}.",
            "Muchos clientes contratan también {offer}.",
        ],
        "vague": [
            "Ayudamos a {customers} en todo lo que rodea a su negocio, desde la primera pregunta.",
            "Nuestros clientes duermen mejor porque nos ocupamos de lo suyo.",
        ],
        "nothing": ["Restauramos órganos de iglesia.", "La fundación concede becas a jóvenes pintores."],
        "others": [
            "A diferencia de otros, no ofrecemos {offer}.",
            "Algunos de nuestros clientes venden {offer}; nosotros no.",
        ],
        "fill": [
            "Nuestras oficinas están en {town}, cerca de la estación.",
            "Ocho de cada diez clientes renuevan cada año.",
            "Los fundadores todavía atienden el teléfono.",
            "Los precios se fijan de antemano y sin letra pequeña.",
            "Buscamos personas que hablen claro.",
            "Cada proyecto empieza con una visita.",
            "El año pasado nos mudamos a un edificio más grande.",
            "La empresa pertenece a quienes trabajan en ella.",
            "Los pedidos pequeños son tan bienvenidos como los grandes.",
            "Trabajar con {customers} nos ha enseñado paciencia.",
        ],
    },
    "de": {
        "open": [
            "{name} wurde {founded} in {town} gegründet.",
            "Seit {founded} arbeitet {name} für {customers}.",
            "{name} ist ein Unternehmen aus {town}.",
            "Die meisten unserer Kunden sind {customers}, viele davon seit Jahren.",
        ],
        "sell": [
            "Unser Kerngeschäft: {offer}.",
            "Wir bieten {offer} für {customers}.",
            "Bekannt sind wir vor allem für eines: {offer}.",
            "Wir leben von einem Angebot: {offer}.",
        ],
        "also": [
            "Seit letztem Jahr kommt {offer} hinzu.",
            "Ein zweites Team kümmert sich um {offer}.",
            "Viele Kunden buchen zusätzlich {offer}.",
        ],
        "vague": [
            "Wir helfen unseren Kunden rund um ihr Geschäft, von der ersten Frage an.",
            "Unsere Kunden schlafen besser, weil wir ihnen die Arbeit abnehmen.",
        ],
        "nothing": ["Wir restaurieren Kirchenorgeln.", "Die Stiftung fördert junge Malerinnen und Maler."],
        "others": [
            "Anders als manche Mitbewerber führen wir das nicht: {offer}.",
            "Einige unserer Kunden verkaufen {offer}, wir selbst nicht.",
        ],
        "fill": [
            "Unser Büro liegt in {town}, fünf Minuten vom Bahnhof.",
            "Acht von zehn Kunden verlängern jedes Jahr.",
            "Die Gründer gehen noch selbst ans Telefon.",
            "Die Preise stehen vorher fest, Kleingedrucktes gibt es nicht.",
            "Wir suchen Menschen, die klar schreiben.",
            "Jeder Auftrag beginnt mit einem Besuch.",
            "Letztes Jahr sind wir in ein größeres Haus gezogen.",
            "Die Firma gehört denen, die in ihr arbeiten.",
            "Kleine Aufträge sind uns so lieb wie große.",
            "Die Arbeit für {customers} hat uns Geduld gelehrt.",
        ],
    },
}
