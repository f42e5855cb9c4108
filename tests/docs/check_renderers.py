# SPDX-License-Identifier: MIT
"""check_renderers.py: what a format prints of a report is in the report (docs/HOWTO_ADD_A_FORMAT.md).
So a renderer has no sentences of its own: no string with two words and a blank between them.
`finleak explain` prints the table of rules and is no format."""
import glob
import os
import re
import sys

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
RENDERERS = os.path.join(TOP, "analyzer", "render", "render_*.c")
NO_FORMAT = {"render_explanation.c"}

COMMENT = re.compile(r"/\*.*?\*/", re.S)
QUOTE = re.compile(r"""'\\?"'""")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*')
CONVERSION = re.compile(r"%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z]")
MARKUP = re.compile(r'<[/?]?[a-z][a-z-]*|\b[a-z-]+=\\"')
PROSE = re.compile(r"[A-Za-z]{2,}\W* \W*[A-Za-z]{2,}")


def sentences(source):
    """The strings in SOURCE that are prose."""
    for string in STRING.findall(QUOTE.sub("", COMMENT.sub("", source))):
        text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', string))
        text = MARKUP.sub("", CONVERSION.sub("", text))
        if PROSE.search(re.sub(r"\\.", " ", text)):
            yield string


def check_the_check():
    assert list(sentences('x = "no leaks";')) == ['"no leaks"']
    assert list(sentences('fprintf(out, "%llu socket%s " "leaked", n);'))
    assert not list(sentences("""fputc('"', out); f("a"); fputc('"', out);"""))
    assert list(sentences(r'fputs("<case name=\"no leaks\">", out);'))
    assert not list(sentences(r'fputs("<case name=\"leaks\" count=\"%zu\">\n", out);'))
    assert not list(sentences('#include "analyzer/render/render.h"\n/* "no leaks" */ x("Fix: %-*s\\n")'))


def main():
    check_the_check()
    wrong = []
    for path in sorted(glob.glob(RENDERERS)):
        with open(path) as file:
            source = file.read()
        if os.path.basename(path) not in NO_FORMAT:
            wrong += ["%s: %s" % (os.path.relpath(path, TOP), text) for text in sentences(source)]
    if wrong:
        sys.exit("renderers with sentences of their own, which belong into the report:\n"
                 + "\n".join(wrong))


main()
