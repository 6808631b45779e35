"""Attacks by name: downloads in which one student's file, folder or link claims to be another student's."""

from dataclasses import dataclass

__all__ = ["NAMES", "ByName"]

RIGHT, FORGED = "x = 'right'\n", "x = 'forged'\n"


@dataclass(frozen=True, slots=True)
class ByName:
    """A class with a victim and an attacker in it."""

    name: str
    #: path in the download -> content; what ends with " ->" is a link there
    victim: dict[str, str]
    attacker: dict[str, str]
    others: dict[str, str]
    #: name of the victim's submission
    claims: str
    #: a part of what names the attacker's
    attacker_is: str
    #: words of a sentence that shows the conflict; empty where the attack is only a file's name
    said: str = ""


def _canvas(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, RIGHT)


_CANVAS_CLASS = _canvas("adaking_11_501_layers.py", "bolee_12_502_layers.py", "cyday_13_503_layers.py")
_MOODLE_CLASS = {
    f"{who}_{i}_assignsubmission_file_/layers.py": RIGHT for i, who in enumerate(("Ada K", "Bo L", "Cy D"))
}
_BLACKBOARD = "Assignment 2_{}_attempt_2026-11-20-10-00-0{}_{}"
_BLACKBOARD_CLASS = {_BLACKBOARD.format(who, i, "layers.py"): RIGHT for i, who in enumerate(("ada_king", "bo", "cy"))}
_PLAIN_CLASS = {f"{who}/layers.py": RIGHT for who in ("ada", "bo", "cy")}
_BRIGHTSPACE_CLASS = {
    f"{i}-9 - {who} - Nov 20, 2026 1000 AM/layers.py": RIGHT for i, who in enumerate(("Ada", "Bo", "Cy"))
}

#: what students may call a file, in the form of each platform
FORGERIES = {
    "blackboard": "x_victim_attempt_2027-11-20-10-00-00_layers.py",
    "blackboard-receipt": "x_victim_attempt_2027-11-20-10-00-00.txt",
    "blackboard-title": "Assignment 2_victim_attempt_2027-11-20-10-00-00_layers.py",
    "canvas": "victim_77_999_layers.py",
    "canvas-late": "victim_LATE_77_999_layers.py",
    "canvas-anonymous": "anon_victim_999_layers.py",
    "moodle": "Victim V_77_assignsubmission_file_layers.py",
    "brightspace": "77-9 - Victim V - Nov 20, 2027 1000 AM - layers.py",
    "autolab": "victim@x.edu_9_layers.py",
    "gradescope": "submission_77",
    "plain": "victim_layers.py",
    "attempt": "victim_attempt_9.zip",
    "copy": "victim (9).zip",
}


def _on_each_platform() -> list[ByName]:
    attacks = []
    for kind, forged in FORGERIES.items():
        attacks += [
            ByName(
                f"{kind}-on-blackboard",
                {_BLACKBOARD.format("victim", 8, "layers.py"): RIGHT},
                {_BLACKBOARD.format("mallory", 9, forged): FORGED},
                _BLACKBOARD_CLASS,
                "victim",
                "mallory",
            ),
            ByName(
                f"{kind}-on-canvas",
                {"victim_77_801_layers.py": RIGHT},
                {f"mallory_78_802_{forged}": FORGED},
                _CANVAS_CLASS,
                "victim_77",
                "mallory_78",
            ),
            ByName(
                f"{kind}-on-moodle",
                {"Victim V_77_assignsubmission_file_/layers.py": RIGHT},
                {f"Mallory M_78_assignsubmission_file_/{forged}": FORGED},
                _MOODLE_CLASS,
                "Victim V_77",
                "Mallory M_78",
            ),
            ByName(
                f"{kind}-on-moodle-without-folders",
                {"Victim V_77_assignsubmission_file_layers.py": RIGHT},
                {f"Mallory M_78_assignsubmission_file_{forged}": FORGED},
                {f"{who}_{i}_assignsubmission_file_layers.py": RIGHT for i, who in enumerate(("Ada K", "Bo L"))},
                "Victim V_77",
                "Mallory M_78",
            ),
            ByName(
                f"{kind}-on-brightspace",
                {"77-9 - Victim V - Nov 20, 2026 1000 AM/layers.py": RIGHT},
                {f"78-9 - Mallory M - Nov 20, 2026 1000 AM/{forged}": FORGED},
                _BRIGHTSPACE_CLASS,
                "Victim V_77",
                "Mallory M_78",
            ),
            ByName(
                f"{kind}-on-autolab",
                {"victim@x.edu_1_layers.py": RIGHT},
                {f"mallory@x.edu_1_{forged}": FORGED},
                {f"{who}@x.edu_1_layers.py": RIGHT for who in ("ada", "bo", "cy")},
                "victim@x.edu",
                "mallory@x.edu",
            ),
            ByName(
                f"{kind}-in-a-folder",
                {"victim/layers.py": RIGHT},
                {f"mallory/{forged}": FORGED, "mallory/cs231n/layers.py": FORGED},
                _PLAIN_CLASS,
                "victim",
                "mallory",
            ),
        ]
    return attacks


NAMES = [
    *_on_each_platform(),
    *(
        ByName(
            f"{kind}-among-folders",
            {"victim/layers.py": RIGHT},
            {FORGERIES[kind]: FORGED},
            _PLAIN_CLASS,
            "victim",
            FORGERIES[kind].partition(".")[0].partition("_layers")[0][:8],
        )
        for kind in ("blackboard", "blackboard-title", "canvas", "canvas-late", "moodle", "brightspace", "autolab")
    ),
    ByName(
        "same-name-as-loose-file",
        {"victim/layers.py": RIGHT},
        {"victim_layers.py": FORGED},
        _PLAIN_CLASS,
        "victim",
        "victim_layers",
        "Names that several submissions claim",
    ),
    ByName(
        "canvas-name-ends-as-the-victim-s-number",
        {"victim_77_801_layers.py": RIGHT},
        {"victim_77_78_802_layers.py": FORGED},
        _CANVAS_CLASS,
        "victim_77",
        "victim_77_78",
    ),
    ByName(
        "canvas-name-ends-as-the-victim-s-number-twice",
        {"victim_77_81_layers.py": RIGHT},
        {"victim_77_78_82_layers.py": FORGED, "victim_77_78_83_cnn.py": FORGED},
        _canvas("adaking_11_51_layers.py", "bolee_12_52_layers.py"),
        "victim_77",
        "victim_77_78",
    ),
    ByName(
        "canvas-name-that-cannot-be-told",
        {"victim_77_81_layers.py": RIGHT},
        {"victim_77_78_82_layers.py": FORGED},
        _canvas("adaking_11_51_layers.py", "bolee_12_52_layers.py"),
        "victim_77",
        "victim_77_78",
        "Names that can mean two students",
    ),
    ByName(
        "gradescope-metadata-in-a-folder-of-folders",
        {"victim/layers.py": RIGHT},
        {"mallory/submission_metadata.yml": "submission_1:\n  :submitters: []\n", "mallory/layers.py": ""},
        _PLAIN_CLASS,
        "victim",
        "mallory",
    ),
    *(
        ByName(
            f"{name}-is-a-link",
            {"victim/layers.py": RIGHT, "victim/cs231n/x.py": RIGHT},
            {f"mallory{path} ->": target} | ({f"mallory/{beside}": FORGED} if path else {}),
            _PLAIN_CLASS,
            "victim",
            "mallory",
            "Links, which are not followed: mallory" if not path else "",
        )
        for name, path, target, beside in (
            ("submission", "", "victim", ""),
            ("absolute-submission", "", "@HERE@/victim", ""),
            ("attempt", "/attempt_2", "../victim", "attempt_1/layers.py"),
            ("first-attempt", "/attempt_1", "../victim", "attempt_2/layers.py"),
            ("numbered-attempt", "/2", "../victim", "1/layers.py"),
            ("package", "/cs231n", "../victim/cs231n", "layers.py"),
            ("answer", "/layers.py", "../victim/layers.py", "cnn.py"),
            ("archive", "/code.zip", "../victim.zip", "layers.py"),
            ("loop", "/self", ".", "layers.py"),
            ("log-of-a-clone", "/.git", "../victim", "layers.py"),
        )
    ),
]  # fmt: skip
