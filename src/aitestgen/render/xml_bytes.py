"""XML elements as the bytes of a file."""

import xml.etree.ElementTree as ET

from aitestgen.render.visible import visible


def xml_bytes(root: ET.Element) -> bytes:
    """The whole document, indented, in UTF-8 with its declaration, every text and attribute made `visible`."""
    for element in root.iter():
        element.text = element.text and visible(element.text)
        element.attrib.update({name: visible(value) for name, value in element.attrib.items()})
    ET.indent(root)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode").encode() + b"\n"
