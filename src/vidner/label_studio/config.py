"""The labelling configuration: the one shipped here, and the names in a project's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from vidner._entities import LABELS
from vidner._errors import LabelStudioError
from vidner.documents.label_studio import TEXT

CONFIG = Path(__file__).parent / "label_config.xml"
"""The configuration that new projects get; ``annotations/label_config.xml`` is the same."""

INSTRUCTIONS = Path(__file__).parent / "instructions.html"
"""The short form of the guidelines that new projects show before one starts."""


@dataclass(frozen=True, slots=True)
class Names:
    """What regions must call the control and the object of a project."""

    from_name: str
    to_name: str

    def to_dict(self) -> dict[str, str]:
        """Keyword arguments of the converters."""
        return {"from_name": self.from_name, "to_name": self.to_name}


def read_config(xml: str, *, where: str) -> Names:
    """The names in a project's configuration.

    Args:
        xml: The configuration.
        where: What to call the project in an error.

    Raises:
        LabelStudioError: It is not for this label set, or shows another field.
    """
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise LabelStudioError(
            f"{where}: its labelling configuration is not XML: {error}"
        ) from None
    texts = {each.get("name") for each in root.iter("Text") if each.get("value") == f"${TEXT}"}
    for control in root.iter("Labels"):
        offered = {each.get("value") for each in control.iter("Label")}
        name, to_name = control.get("name"), control.get("toName")
        if set(LABELS) <= offered and name and to_name in texts:
            return Names(name, to_name or "")
    found = sorted({str(each.get("value")) for each in root.iter("Label")})
    raise LabelStudioError(
        f"{where}: its labelling configuration offers {', '.join(found) or 'no labels'}; wanted "
        f'<Labels> with {", ".join(LABELS)} on a <Text value="${TEXT}"/>, as in '
        "annotations/label_config.xml"
    )
