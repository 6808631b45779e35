"""Makes up a class of any size with faults about as frequent as in a real one."""

import random
import unicodedata
from collections.abc import Iterator

from reference.samples.demo_class import Sample, compose, unfinished
from reference.samples.faults import FAULTS, FUNCTIONS

__all__ = ["generated"]

_FIRST_NAMES = (
    "Abena Adaeze Ahmed Aiko Alejandra Ali Amélie Ananya Anton Ayşe Beatriz Bilal Carmen Chidi Chloé Daniela Darius "
    "Diego Eero Elif Emeka Esra Felix Freya Giulia Goran Hana Hassan Ines Ivan Jamal Jia Joana Kaito Kemal Kwame Lara "
    "Lena Linh Luca Maja Malik Marta Mateo Mina Nadia Neha Nikolai Noor Olga Oumar Pablo Rania Ravi Rosa Sanna Sofia "
    "Tariq Thabo Tomáš Uma Viktor Wanjiru Xin Yara Yonas Zainab Zoë"
)
_LAST_NAMES = (
    "Abebe Andersen Bakker Banerjee Castro Choi Costa Diallo Dlamini Dubois Eriksson Farah Fernandes Fischer García "
    "Haddad Hansen Horvat Ibrahim Ito Jansen Kamau Kaya Khan Kim Kowalska Larsen Li López Mbeki Moreau Müller Nair "
    "Nguyen Novák Nowak Okonkwo Osei Park Patel Petrov Popescu Rahman Reyes Rossi Sato Schmidt Silva Singh Suzuki Tan "
    "Traoré Tran Vargas Virtanen Wang Yamamoto Yıldız Zhang Zulu"
)
_UNFINISHED = 0.10


def generated(n: int, seed: int) -> Iterator[Sample]:
    """Yields n students, the same for the same seed; the first k of a larger class are those of a smaller one."""
    rng = random.Random(seed)
    first_names, last_names = _FIRST_NAMES.split(), _LAST_NAMES.split()
    for number in range(1, n + 1):
        student = f"{rng.choice(first_names)} {rng.choice(last_names)}"
        name = f"{number:04d}-{_plain(student)}"
        kind = rng.choice(("folder", "folder", "zip", "zip", "flat"))
        if rng.random() < _UNFINISHED:
            # Students work from top to bottom and stop somewhere.
            yield unfinished(name, student, FUNCTIONS[: rng.randrange(len(FUNCTIONS))], kind)
        else:
            yield compose(name, student, *_draw(rng), kind=kind)


def _plain(student: str) -> str:
    """Returns a name for a folder: ASCII, lower case, hyphens."""
    letters = unicodedata.normalize("NFKD", student.lower().replace("ı", "i").replace("ł", "l"))
    return letters.encode("ascii", "ignore").decode().replace(" ", "-")


def _draw(rng: random.Random) -> list[str]:
    """Returns keys of faults, at most one of each slot."""
    drawn: dict[str, str] = {}
    for key, fault in FAULTS.items():
        if rng.random() < fault.share:
            drawn.setdefault(fault.slot, key)
    return list(drawn.values())
