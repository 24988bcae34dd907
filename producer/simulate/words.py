"""What the simulated store's names are made of. The lists are ours; countries and codes follow the order files."""

COLOURS = ["RED", "BLUE", "GREEN", "PINK", "IVORY", "CREAM", "BLACK", "WHITE", "SILVER", "GOLD", "NAVY", "TEAL", "LILAC", "AMBER", "CORAL", "MINT", "SLATE", "OLIVE", "RUBY", "PEARL"]
STYLES = ["VINTAGE", "RUSTIC", "SCANDI", "RETRO", "FLORAL", "STRIPED", "SPOTTED", "TARTAN", "COTTAGE", "HARBOUR", "MEADOW", "ORCHARD", "CIRCUS", "SAFARI", "WOODLAND", "SEASIDE", "BAROQUE", "FOLK ART", "GINGHAM", "PAISLEY", "STARRY", "ENAMEL", "WICKER", "VELVET", "COPPER", "CERAMIC", "WOODEN", "GLASS", "PAPER", "FELT"]
THINGS = ["TEA TOWEL", "CAKE STAND", "LUNCH BOX", "LANTERN", "CANDLE HOLDER", "PHOTO FRAME", "DOOR SIGN", "STORAGE TIN", "MUG", "EGG CUP SET", "JUG", "APRON", "CUSHION COVER", "DOORSTOP", "HOT WATER BOTTLE", "JEWELLERY BOX", "COAT HOOK", "WALL CLOCK", "DRAWER KNOB", "BUNTING", "NAPKINS", "GIFT WRAP", "GREETING CARD", "NOTEBOOK", "PENCIL CASE", "SHOPPING BAG", "UMBRELLA", "PLANT POT", "WATERING CAN", "BIRD FEEDER", "FAIRY LIGHTS", "COOKIE CUTTERS", "BAKING CASES", "RECIPE BOX", "SPICE RACK", "TRINKET DISH", "MAGNET SET", "COASTERS", "TRAY", "PARASOL", "WIND CHIME", "JIGSAW", "SKIPPING ROPE", "MONEY BOX", "NIGHT LIGHT", "HAND MIRROR", "SOAP DISH", "BATH MAT", "LAUNDRY BAG", "BREAD BIN"]
FESTIVE = ["CHRISTMAS TREE BAUBLE", "ADVENT CALENDAR", "CHRISTMAS CRACKERS", "HANGING ANGEL", "SNOW GLOBE", "REINDEER GARLAND", "STOCKING", "CHRISTMAS CARD PACK", "NATIVITY SET", "SNOWFLAKE STENCIL"]
SETS = (
    "SET OF 3",
    "SET/6",
    "PACK OF 12",
    "BOX OF 4",
    "SET 2",
    "ASSORTED",
    "SMALL",
    "LARGE",
    "MINI",
    "PAIR OF",
)

WRITE_OFFS = (
    None,
    None,
    None,
    "damaged",
    "?",
    "check",
    "lost in warehouse",
    "wet, thrown away",
    "counted",
    "found",
)

# Country and its share of customers, in tenths of a per mille; the names are as the order files spell them.
COUNTRIES = (
    ("United Kingdom", 9000),
    ("Germany", 215),
    ("France", 200),
    ("EIRE", 60),
    ("Spain", 70),
    ("Belgium", 57),
    ("Switzerland", 48),
    ("Portugal", 45),
    ("Italy", 33),
    ("Finland", 27),
    ("Netherlands", 25),
    ("Austria", 25),
    ("Norway", 23),
    ("Denmark", 21),
    ("Channel Islands", 21),
    ("Australia", 21),
    ("Sweden", 19),
    ("Cyprus", 18),
    ("Japan", 18),
    ("Poland", 14),
    ("USA", 10),
    ("Canada", 9),
    ("Unspecified", 9),
    ("Israel", 9),
    ("Greece", 9),
    ("Hong Kong", 8),
    ("Singapore", 7),
    ("Iceland", 6),
    ("Malta", 5),
    ("United Arab Emirates", 5),
    ("Bahrain", 4),
    ("Lebanon", 3),
    ("Lithuania", 3),
    ("Brazil", 3),
    ("RSA", 3),
    ("Czech Republic", 3),
    ("Saudi Arabia", 3),
    ("European Community", 3),
)
