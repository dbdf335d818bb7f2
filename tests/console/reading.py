"""A page as a browser's parser sees it."""

from html.parser import HTMLParser

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "path", "rect", "circle", "use"}


class Page(HTMLParser):
    """Elements with their attributes and their own text, in the order of the document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self.begins: list[int] = []  # of each element, how many pieces of text stand before it,
        self.ends: dict[int, int] = {}  # and before what follows it
        self.open: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        place, before = len(self.elements), len(self.pieces)
        self.elements.append((tag, dict(attrs)))
        self.begins.append(before)
        if tag in VOID:
            self.ends[place] = before
        else:
            self.open.append(place)

    def handle_endtag(self, tag):
        while tag not in VOID and self.open:
            ended = self.open.pop()
            self.ends[ended] = len(self.pieces)
            if self.elements[ended][0] == tag:
                break

    def handle_data(self, data):
        self.pieces.append(data)

    def attributes(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        """The attributes of every such element; `role="tree"`, or `data_id=…` for data-id."""
        return [self.elements[place][1] for place in self._places(tag, wanted)]

    def text(self, tag: str, **wanted: str) -> list[str]:
        """The text of every such element, with single spaces."""
        return [self.text_at(place) for place in self._places(tag, wanted)]

    def text_at(self, place: int) -> str:
        """The text of the element at that place, with single spaces."""
        pieces = self.pieces[self.begins[place] : self.ends.get(place)]
        return " ".join("".join(pieces).split())

    def _places(self, tag, wanted):
        names = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        return [
            place
            for place, (name, attributes) in enumerate(self.elements)
            if name == tag and all(attributes.get(key) == value for key, value in names.items())
        ]


def read(response) -> Page:
    return Page(response.text)


def tree_of(html: str) -> list[str]:
    """The names in the tree, indented by level."""
    page = Page(html)
    names = {attributes["id"]: None for attributes in page.attributes("a") if attributes.get("id")}
    for place, (tag, attributes) in enumerate(page.elements):
        if tag == "a" and attributes.get("id") in names:
            names[attributes["id"]] = page.text_at(place)
    return [
        "  " * (int(item["aria-level"]) - 1) + names[item["aria-labelledby"]]
        for item in page.attributes("li", role="treeitem")
    ]
