# SPDX-License-Identifier: MIT
"""The HTML report: what is in it, and that a reader can use it in a real browser."""
import html
import html.parser
import json
import os
import re
import subprocess
import tempfile
import unittest

import commands
from check_formats import Formats, setUpModule, tearDownModule


# What the page computes with and no recording can change.
CONSTANTS = "verdict", "site_stack", "opened_at", "name"


class Page(html.parser.HTMLParser):
    """What of a page counts here: its scripts, and whatever it would load."""
    def __init__(self, text):
        super().__init__()
        self.data, self.loaded, self.id = {}, [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.id = attrs.get("id", "") if tag == "script" else None
        self.loaded += [attrs[name] for name in ("src", "href") if attrs.get(name, "data:,") != "data:,"]

    def handle_data(self, data):
        if self.id is not None:
            self.data[self.id] = self.data.get(self.id, "") + data

    def handle_endtag(self, tag):
        self.id = None


class Html(Formats):
    def setUp(self):
        self.needs_format("html")

    def page(self, *arguments):
        with open(self.written("html", *arguments)) as file:
            return file.read()

    def test_contained(self):
        """The JSON report, what a text report has besides, and nothing from elsewhere."""
        page = Page(self.page())
        self.assertEqual(page.loaded, [])
        self.assertNotIn("<", page.data["report"] + page.data["page"])
        document = json.loads(page.data["report"])
        commands.check_schema(document)
        self.assertEqual(document, self.document)
        finding, = json.loads(page.data["page"])["findings"]
        self.assertIn("LEAK: eof", dict(finding["lines"])[self.line("eof")])
        self.assertIn({"name": "eof", "title": "EOF read at", "shown": True}, finding["titles"])

    def test_clean(self):
        self.assertEqual(json.loads(Page(self.page(self.clean)).data["page"])["findings"], [])


class Browser(Html):
    """Slow, so for the long run: FINLEAK_BROWSER=chromium."""
    # The page under test stands in a frame, which may be narrower than any window.
    FRAME = """<!DOCTYPE html><body style="margin:0"><iframe src="page.html" width="%d" height="900" style="border:0"></iframe>
<script>addEventListener("message", event => document.body.setAttribute("data-found", event.data))</script>"""
    # What the tests' scripts use the page by, as its reader does.
    HANDS = """<script>"use strict";
const found = {}, find = id => document.getElementById(id), all = selector => [...document.querySelectorAll(selector)];
const change = (field, value, name) => { field.value = value; field.dispatchEvent(new Event(name)); };
const press = (target, key) => target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const click = target => target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
const rows = () => all("details.finding").length, boxes = () => all("#flame g").length;
setTimeout(() => { %s; parent.postMessage(JSON.stringify(found), "*"); }, 300);
</script>"""

    def setUp(self):
        super().setUp()
        self.browser = os.environ.get("FINLEAK_BROWSER")
        if not self.browser:
            self.skipTest("no FINLEAK_BROWSER")

    def found(self, page, script, width=1000, *options):
        """What SCRIPT found in PAGE, WIDTH pixels wide; the console must stay empty."""
        for name, text in ("page.html", page + self.HANDS % script), ("frame.html", self.FRAME % width):
            with open(os.path.join(self.work, name), "w") as file:
                file.write(text)
        # A profile each: a browser that is still ending keeps its own.
        profile = tempfile.mkdtemp(dir=self.work)
        done = subprocess.run([self.browser, "--headless", "--no-sandbox", "--disable-gpu", *options,
                               "--user-data-dir=" + profile,
                               "--enable-logging=stderr", "--virtual-time-budget=10000", "--dump-dom",
                               "file://" + os.path.join(self.work, "frame.html")],
                              capture_output=True, text=True, timeout=120)
        self.assertNotIn("CONSOLE", done.stderr)
        match = re.search('data-found="([^"]*)"', done.stdout)
        self.assertTrue(match, done.stdout[-2000:])
        return json.loads(html.unescape(match.group(1)))

    def changed(self, page, identifier, change):
        """PAGE, in which change() has been at a block of data."""
        whole, begin, data, end = re.search(
            r'((<script type="application/json" id="%s">)(.*?)(</script>))' % identifier, page, re.S).groups()
        data = json.loads(data)
        change(data)
        return page.replace(whole, begin + json.dumps(data).replace("<", "\\u003c") + end)

    def test_used(self):
        """Filter, search, zoom, directions and keys."""
        depth = len(self.leak["stacks"]["eof"]) + 1
        self.assertEqual(self.found(self.page(), """
            found.rows = rows();
            change(find("filter"), "no such finding", "input"); found.none = rows();
            change(find("filter"), "SERVE_connection", "input"); found.function = rows();
            change(find("filter"), "EOF-unclosed", "input"); found.class = rows();
            for (const order of find("order").options) change(find("order"), order.value, "change");
            found.ordered = rows();
            found.boxes = boxes();
            change(find("search"), "serve_connection", "input");
            found.faded = all("#flame .faded").length; found.count = find("found").textContent;
            change(find("search"), "", "input");
            change(find("direction"), "up", "change"); found.up = boxes();
            click(all("#flame g")[1]); found.zoomed = all("#flame .above").length;
            find("reset").click(); found.reset = all("#flame .above").length;
            all("#flame g")[0].focus();
            for (let step = 0; step < 3; step++) press(document.activeElement, "ArrowDown");
            press(document.activeElement, "ArrowUp");
            found.at = all("#flame g").indexOf(document.activeElement);
            press(document.activeElement, "Enter"); found.entered = all("#flame .above").length;
            press(document.activeElement, "Escape"); found.escaped = all("#flame .above").length;
            document.activeElement.blur();
            press(document.body, "/"); found.filtering = document.activeElement === find("filter");
            window.dispatchEvent(new Event("beforeprint"));
            found.printed = all("details.finding:not([open])").length;
            HTMLAnchorElement.prototype.click = function () { found.download = [this.download, this.protocol]; };
            find("download").click()"""), {
                "rows": 1, "none": 0, "function": 1, "class": 1, "ordered": 1, "boxes": depth,
                "faded": depth - 1, "count": "2 of 2 sockets", "up": depth, "zoomed": 1, "reset": 0,
                "at": 2, "entered": 2, "escaped": 0, "filtering": True, "printed": 0,
                "download": ["finleak.json", "blob:"]})

    def test_of_any_size(self):
        """From a narrow telephone on, and nothing is too wide."""
        for width in 320, 600, 1400:
            self.assertEqual(self.found(self.page(), """
                found.width = innerWidth;
                found.hidden = document.documentElement.scrollWidth - document.documentElement.clientWidth;
                found.letters = Math.round(all("#flame text")[0].getBoundingClientRect().height)""", width),
                {"width": width, "hidden": 0, "letters": 13})

    def test_dark(self):
        script = "found.ground = getComputedStyle(document.body).backgroundColor"
        self.assertEqual(self.found(self.page(), script), {"ground": "rgb(255, 255, 255)"})
        dark = self.found(self.page(), script, 1000, "--blink-settings=preferredColorScheme=0")
        self.assertEqual(dark, {"ground": "rgb(21, 24, 28)"})

    def test_many_findings(self):
        def multiply(report):
            leak, = report["leaks"]
            report["leaks"] = [{**leak, "id": "%016x" % number, "where": "file.c:%d in f()" % number,
                                "stacks": {**leak["stacks"], "eof": [
                                    {**frame, "function": "f%d" % (number // 10 ** depth)}
                                    for depth, frame in enumerate(leak["stacks"]["eof"])]}}
                               for number in range(10000)]

        def match(page):
            page["findings"] *= 10000
        page = self.changed(self.changed(self.page(), "report", multiply), "page", match)
        self.assertEqual(self.found(page, """
            found.rows = rows(); find("more").click(); found.more = rows();
            change(find("filter"), "file.c:9999 in", "input"); found.one = rows();
            found.count = find("shown").textContent"""), {
                "rows": 200, "more": 400, "one": 1, "count": "1 of 1 that match, of 10000"})

    def test_hostile_names(self):
        """They stay text wherever they stand."""
        name = "</script><img src=x onerror=\"parent.postMessage('{}', '*')\">"

        def rename(value):
            """All texts but those that finleak makes itself."""
            if isinstance(value, dict):
                return {key: entry if key in CONSTANTS else rename(entry)
                        for key, entry in value.items()}
            if isinstance(value, list):
                return [rename(entry) for entry in value]
            return name if isinstance(value, str) else value
        page = self.page()
        for identifier in "report", "page":
            page = self.changed(page, identifier, lambda data: data.update(rename(data)))
        self.assertEqual(self.found(page, """
            all("details").forEach(row => { row.open = true; });
            found.images = all("img").length; found.title = document.title; found.rows = rows()"""),
            {"images": 0, "title": name, "rows": 1})


if __name__ == "__main__":
    unittest.main()
