"""A text as a picture that a phone reads, drawn by the template."""

from dataclasses import dataclass

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode


@dataclass(frozen=True, slots=True)
class QrCode:
    """The dark squares as one path of SVG; the picture is `size` squares wide, its white rim counted."""

    path: str
    size: int


def qr_code(text: str) -> QrCode:
    """The picture of a text."""
    made = QRCode(error_correction=ERROR_CORRECT_M)
    made.add_data(text)
    rows = made.get_matrix()
    squares = (
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return QrCode("".join(squares), len(rows))
