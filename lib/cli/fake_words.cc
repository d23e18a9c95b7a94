#include "cli/fake_words.h"

namespace leat::cli {
namespace {

// Order and number of the words are what a seed repeats: more of them change what everybody's seeds make.
constexpr std::string_view kFirstNames[] = {
    "Ada",   "Alan",   "Alma",  "Amir",   "Anja",  "Aron",  "Asta",    "Aylin", "Bela",   "Bruno", "Carla", "Cem",
    "Clara", "Dana",   "Dario", "Edda",   "Elif",  "Emil",  "Enzo",    "Erik",  "Esther", "Fabio", "Femi",  "Flora",
    "Frida", "Gloria", "Goran", "Greta",  "Hana",  "Henri", "Hugo",    "Ida",   "Ilse",   "Imani", "Ines",  "Ivo",
    "Jana",  "Jonas",  "Jorge", "Julia",  "Kai",   "Karim", "Keiko",   "Lara",  "Lena",   "Leo",   "Lina",  "Luca",
    "Maja",  "Malik",  "Marta", "Mateo",  "Mei",   "Milan", "Mina",    "Nadia", "Nico",   "Nora",  "Odin",  "Olga",
    "Omar",  "Oscar",  "Paula", "Pedro",  "Petra", "Pia",   "Quentin", "Rania", "Rosa",   "Ruben", "Sami",  "Sara",
    "Selma", "Simon",  "Sofia", "Stefan", "Tamar", "Tarek", "Thea",    "Tomas", "Uma",    "Urs",   "Vera",  "Viktor",
    "Wanda", "Wim",    "Xenia", "Yara",   "Yusuf", "Zora"};

constexpr std::string_view kLastNames[] = {
    "Abara",   "Ahlgren", "Amsel",   "Arslan",   "Bach",   "Baker",  "Barros",  "Becker",  "Berg",   "Bianchi",
    "Blum",    "Bosman",  "Brandt",  "Castro",   "Chen",   "Costa",  "Dahl",    "Demir",   "Diaz",   "Dubois",
    "Eriksen", "Fischer", "Fontana", "Forster",  "Galic",  "Garcia", "Gruber",  "Haas",    "Hansen", "Hartmann",
    "Holm",    "Horvath", "Ito",     "Ivanov",   "Jansen", "Kaya",   "Keller",  "Kimura",  "Klein",  "Kovac",
    "Kruse",   "Lang",    "Larsen",  "Lindgren", "Lopez",  "Maier",  "Marino",  "Mensah",  "Meyer",  "Moreau",
    "Nagy",    "Navarro", "Neumann", "Nielsen",  "Novak",  "Okafor", "Olsen",   "Ortega",  "Papas",  "Park",
    "Petrov",  "Pinto",   "Popescu", "Quist",    "Ramos",  "Reed",   "Reis",    "Richter", "Rossi",  "Sahin",
    "Santos",  "Sato",    "Schmitt", "Silva",    "Singh",  "Stone",  "Svoboda", "Tanaka",  "Torres", "Toth",
    "Turner",  "Ulrich",  "Varga",   "Vogel",    "Weber",  "Winter", "Wolf",    "Yilmaz",  "Young",  "Zimmer"};

constexpr std::string_view kStreets[] = {
    "Alder Lane",    "Baker Street",  "Bridge Road",   "Canal Street", "Castle Hill",   "Cedar Avenue", "Chapel Lane",
    "Church Street", "Copper Row",    "Dock Road",     "East Parade",  "Elm Street",    "Ferry Lane",   "Garden Walk",
    "Granary Yard",  "Harbour Road",  "High Street",   "Hill Road",    "Ivy Close",     "Kiln Lane",    "Lake Road",
    "Linden Avenue", "Long Meadow",   "Market Square", "Mill Lane",    "Millrace Road", "North Street", "Oak Avenue",
    "Orchard Close", "Park Road",     "Pine Street",   "Quarry Road",  "River Walk",    "Ropers Alley", "School Lane",
    "Sluice Street", "South Terrace", "Spring Street", "Station Road", "Stone Street",  "Tanners Row",  "Tower Road",
    "Union Street",  "Valley Road",   "Water Lane",    "Weir Street",  "West Road",     "Willow Way"};

constexpr std::string_view kCities[] = {
    "Aldermouth", "Ashwick",   "Barrowby",   "Blackmere", "Bramford",  "Brightwater", "Calderbrook", "Cranleigh",
    "Dunholm",    "Eastmere",  "Elmstead",   "Fairhaven", "Fenwick",   "Glenmoor",    "Greywater",   "Halden",
    "Harrowgate", "Hazelby",   "Holmbridge", "Ivybridge", "Kestrel",   "Kingsford",   "Lakewell",    "Langholm",
    "Lindale",    "Marlow",    "Millbrook",  "Millhaven", "Moorgate",  "Newmill",     "Northwater",  "Oakham",
    "Otterburn",  "Pinecrest", "Ravenford",  "Redcliff",  "Ridgeway",  "Rivermouth",  "Saltmarsh",   "Silverton",
    "Southbeck",  "Stonebeck", "Summerhill", "Thornbury", "Underhill", "Watermill",   "Westbrook",   "Wetherby"};

constexpr std::string_view kCompanies[] = {"Analytics", "Brothers", "Works",     "Foods",    "Freight",  "Group",
                                           "Imports",   "Labs",     "Logistics", "Mills",    "Motors",   "Partners",
                                           "Press",     "Software", "Studios",   "Supplies", "Textiles", "Trading"};

constexpr std::string_view kWords[] = {
    "above",    "again",   "along",   "amber",   "answer",  "apple",  "autumn", "basket", "before",  "bell",
    "below",    "bird",    "blue",    "boat",    "bread",   "bridge", "bright", "brook",  "build",   "candle",
    "carry",    "chair",   "channel", "clear",   "clock",   "cloud",  "coal",   "copper", "corn",    "cover",
    "current",  "dark",    "dawn",    "deep",    "door",    "drift",  "early",  "earth",  "east",    "empty",
    "engine",   "evening", "every",   "farm",    "feather", "field",  "find",   "fire",   "flour",   "flow",
    "follow",   "forest",  "garden",  "gate",    "gentle",  "glass",  "grain",  "grass",  "green",   "half",
    "harvest",  "heavy",   "hill",    "hold",    "honey",   "house",  "iron",   "island", "journey", "keep",
    "kettle",   "ladder",  "lake",    "lamp",    "large",   "leaf",   "letter", "light",  "linen",   "listen",
    "little",   "log",     "long",    "market",  "meadow",  "meet",   "mill",   "mirror", "morning", "moss",
    "mountain", "narrow",  "near",    "night",   "north",   "number", "oak",    "ocean",  "often",   "open",
    "orange",   "paper",   "pass",    "path",    "pebble",  "pine",   "plain",  "plant",  "pond",    "power",
    "quick",    "quiet",   "rain",    "reach",   "record",  "reed",   "rest",   "river",  "road",    "roof",
    "root",     "round",   "sail",    "salt",    "sand",    "seed",   "shade",  "shore",  "silver",  "simple",
    "slow",     "small",   "snow",    "song",    "south",   "spring", "stone",  "storm",  "stream",  "street",
    "summer",   "table",   "tall",    "thread",  "thunder", "tide",   "timber", "today",  "town",    "tree",
    "turn",     "under",   "valley",  "village", "wagon",   "walk",   "warm",   "water",  "west",    "wheel",
    "white",    "wide",    "wind",    "window",  "winter",  "wood",   "wool",   "yard",   "year",    "yellow",
    "young"};

}  // namespace

FakeWords AllFakeWords() {
  return {.first_names = kFirstNames,
          .last_names = kLastNames,
          .streets = kStreets,
          .cities = kCities,
          .companies = kCompanies,
          .words = kWords};
}

}  // namespace leat::cli
