"""Reads the heads of SOAP envelopes with libxml2, for make differential.

Each line of standard input is JSON: {"text": base64, "encoding": a charset or ""}.
The text ends behind the start tag of Body's first child, or behind Body if it has
none. Each line of standard output is what libxml2 makes of it: the namespace of the
envelope, the texts of its two addressing headers, the name of Body's first child,
or why it refuses. The text is read twice, as a stream that has not ended and as a
document that is completed; if the two differ, that is told instead.
"""

import base64
import json
import sys

from lxml import etree

ADDRESSES = {
    "logical_address": "{urn:riv:itintegration:registry:1}LogicalAddress",
    "to": "{http://www.w3.org/2005/08/addressing}To",
}
OPTIONS = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}


def name_of(element):
    """Namespace and local name; lxml.etree.QName stumbles over a brace in the former."""
    space, _, local = element.tag.rpartition("}")
    return space[1:], local


def qualified(element):
    local = name_of(element)[1]
    return f"{element.prefix}:{local}" if element.prefix else local


def stream(text, encoding, recover):
    """The document's root and the open elements behind the text."""
    parser = etree.XMLPullParser(events=("start", "end"), encoding=encoding, recover=recover, **OPTIONS)
    parser.feed(text)
    root, opened = None, []
    for event, element in parser.read_events():
        if event == "start":
            root = element if root is None else root
            opened.append(element)
        else:
            opened.pop()
    if root is None:
        raise ValueError("no element in the stream")
    return root, opened


def document(text, encoding, recover, opened):
    closing = "".join(f"</{qualified(element)}>" for element in reversed(opened))
    parser = etree.XMLParser(encoding=encoding, recover=recover, **OPTIONS)
    return etree.fromstring(text + closing.encode(encoding or charset_of(text)), parser)


def charset_of(text):
    if text.startswith((b"\xfe\xff", b"\0<")):
        return "UTF-16BE"
    if text.startswith((b"\xff\xfe", b"<\0")):
        return "UTF-16LE"
    return "UTF-8"


def understood(root):
    space, local = name_of(root)
    said = {"space": space, "logical_address": None, "to": None, "body": None}
    if local != "Envelope":
        return said
    header, body = root.find(f"{{{space}}}Header"), root.find(f"{{{space}}}Body")
    if header is not None:
        for name, path in ADDRESSES.items():
            found = header.findall(path)
            if len(found) > 1:
                said[name] = "several"
            elif found:
                said[name] = "".join(found[0].itertext())
    if body is not None:
        for child in body.iterchildren("*"):
            said["body"] = list(name_of(child))
            break
    return said


def read_twice(text, encoding, recover):
    root, opened = stream(text, encoding, recover)
    return understood(root), understood(document(text, encoding, recover, opened))


def read(question):
    text, encoding = base64.b64decode(question["text"]), question["encoding"] or None
    try:
        said, whole = read_twice(text, encoding, recover=False)
    except (etree.XMLSyntaxError, ValueError) as error:
        if "is not a valid URI" not in str(error):
            return {"refused": str(error)}
        # That a namespace is no URI does not keep libxml2 from reading on.
        said, whole = read_twice(text, encoding, recover=True)
    if said != whole:
        return {"refused": f"stream {said} and document {whole} differ"}
    return said


for line in sys.stdin:
    print(json.dumps(read(json.loads(line))), flush=True)
