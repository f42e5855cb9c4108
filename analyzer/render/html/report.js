// The page, put together.
"use strict";
(() => {
  const download = element("button", { textContent: "Download as JSON", id: "download", type: "button" });
  download.onclick = () => {
    const link = element("a", { href: URL.createObjectURL(new Blob([json], { type: "application/json" })), download: "finleak.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const section = shown => {
    const ENTRIES = 200, entries = shown.entries.slice(0, ENTRIES).map(entry => element("li", {}, entry.text, entry.details.length ? list(entry.details) : null, entry.stack.length ? list(entry.stack) : null));
    const title = element(shown.warns ? "h2" : "summary", { textContent: shown.title.replace(/:$/, ""), className: shown.warns ? "warning" : "" });
    const left = shown.entries.length - entries.length;
    return element(shown.warns ? "section" : "details", { className: "box" }, title, element("ul", {}, ...entries),
      left > 0 ? element("p", { className: "dim", textContent: `and ${left} more` }) : null);
  };
  const of = warns => page.sections.filter(shown => shown.warns === warns && shown.entries.length).map(section);
  const overview = [overTime(), states(), budget()].filter(part => part);
  document.title = report.summary.headline;
  document.querySelector("main").append(...[
    element("h1", { textContent: report.summary.headline, className: leaks.length ? "leak" : "" }),
    ...page.remarks.map(text => element("p", { textContent: text })),
    element("div", { className: "tools" }, download, element("span", { className: "dim",
      textContent: `finleak ${report.version}, ${new Date(page.made_at_ms).toLocaleString()}` })),
    ...of(true),
    overview.length ? element("div", { className: "overview" }, ...overview) : null,
    flame(), findings(), ...of(false)].filter(part => part));
  document.addEventListener("keydown", event => {
    const filter = document.getElementById("filter");
    if (event.key !== "/" || !filter || /^(INPUT|SELECT)$/.test(document.activeElement.tagName)) return;
    event.preventDefault();
    filter.focus();
  });
})();
