// The findings: a line for each, and all about one where it is opened.
"use strict";

// Each socket as a bar: opened, used, finished, now.
function lives(leak) {
  const SHOWN = 200, ROW = 14;
  const rows = leak.sockets.filter(socket => socket.opened_ms !== null && socket.held_ms !== null).slice(0, SHOWN).map(socket => {
    const ran = processes.has(socket.pid) ? processes.get(socket.pid).duration_ms : 0;
    const ended = socket.eof_ms ?? Math.max(socket.opened_ms, ran - socket.held_ms);
    return { socket, opened: socket.opened_ms, ended, now: ended + socket.held_ms };
  });
  if (!rows.length) return [];
  const several = new Set(rows.map(row => row.socket.pid)).size > 1;
  const svg = chart("Sockets on a time axis", (svg, width) => {
    const side = several ? 104 : 52;
    const x = d3.scaleLinear([d3.min(rows, row => row.opened), d3.max(rows, row => row.now)], [side, width - 12]);
    rows.forEach(({ socket, opened, ended, now }, index) => {
      const group = svg.append("g").attr("transform", `translate(0,${index * ROW})`);
      const bar = (from, to, type) => group.append("rect").attr("class", type).attr("x", x(from)).attr("y", 2)
        .attr("height", ROW - 4).attr("width", Math.max(1, x(to) - x(from)));
      group.append("title").text([`${socket.local || "?"} to ${socket.peer || "?"}`, `opened after ${time(opened)}`,
        socket.touched_ms === null ? null : `last recorded use after ${time(socket.touched_ms)}`,
        socket.eof_ms === null ? null : `EOF after ${time(socket.eof_ms)}`, `held for ${time(socket.held_ms)}`].filter(text => text).join("\n"));
      group.append("text").attr("x", 0).attr("y", ROW - 3).text(`${several ? `${socket.pid} ` : ""}fd ${socket.fd ?? "?"}`);
      bar(opened, ended, "plain");
      bar(ended, now, "leaked");
      if (socket.touched_ms !== null)
        group.append("circle").attr("class", "used").attr("cx", x(socket.touched_ms)).attr("cy", ROW / 2).attr("r", 3);
    });
    axisBelow(svg, rows.length * ROW + 2, x, time, 62);
    return rows.length * ROW + 26;
  });
  return [element("h3", { textContent: "Sockets" }),
    keys(key("var(--accent)", "opened until finished"), key("var(--leak)", "held since then"), key("var(--text)", "last recorded use")),
    element("p", { className: "dim", textContent: `${rows.length} of ${leak.count}, since ${several ? "each" : "the"} process began.` }), svg];
}

function source(leak) {
  if (!leak.lines.length) return [];
  return [element("pre", {}, ...leak.lines.map(([number, text]) => element("span", {
    className: number === leak.site.line ? "here" : "", textContent: `${String(number).padStart(6)}  ${text}\n` })))];
}

function stack(title, frames, site) {
  const is = frame => site && frame.function === site.function && frame.file === site.file && frame.line === site.line;
  return [element("h3", { textContent: title }), element("ol", { className: "stack", start: 0 }, ...frames.map(frame =>
    element("li", { className: is(frame) ? "here" : "" }, element("span", { textContent: frame.function || "??" }),
      element("span", { className: "dim", textContent: place(frame) }))))];
}

function stacks(leak) {
  const of = shown => leak.titles.filter(title => title.shown === shown && leak.stacks[title.name]);
  const made = of(true).flatMap(({ name, title }) => stack(title, leak.stacks[name], leak.site)), others = of(false);
  if (others.length)
    made.push(element("details", {}, element("summary", { textContent: plural(others.length, "other stack") }),
      ...others.flatMap(({ name, title }) => stack(title, leak.stacks[name], null))));
  return made;
}

// How many others ended the same way and were closed, and where.
function siblings(leak) {
  const { eof_here, closed_here, closed_at } = leak.siblings;
  if (!closed_at.length) return [];
  const parts = eof_here ? [element("div", { className: "compare", ariaHidden: true },
    element("span", { className: "plain", style: `flex:${closed_here}` }), element("span", { className: "leaked", style: `flex:${eof_here - closed_here}` })),
  keys(key("var(--accent)", `${closed_here} closed`), key("var(--leak)", `${eof_here - closed_here} not closed`))] : [];
  return [element("h3", { textContent: "Others from here are closed" }), ...parts, list(closed_at.map(closing =>
    `${closing.count} in ${closing.site.function || "??"} (${base(place(closing.site))}), after ${time(closing.median_held_ms)} (median)`))];
}

function body(leak) {
  return [element("p", { textContent: `${leak.headline} ${leak.parting || ""}` }),
    element("p", {}, element("strong", { textContent: "Fix: " }), leak.fix), ...source(leak), list(leak.details),
    ...siblings(leak), ...stacks(leak), ...lives(leak),
    leak.because ? element("details", {}, element("summary", { textContent: `Why: the rule ${leak.because.rule}` }), list(leak.because.facts)) : null,
    element("p", { className: "dim", textContent: `id ${leak.id}` })].filter(part => part);
}

function findings() {
  const PAGE = 200, oldest = leak => d3.max(leak.sockets, socket => socket.held_ms) || 0;
  const orders = { "Order: worst first": null, "most sockets": (a, b) => b.count - a.count, "held longest": (a, b) => oldest(b) - oldest(a),
    "class": (a, b) => kind(a).localeCompare(kind(b)), "line": (a, b) => where(a).localeCompare(where(b)) };
  const lines = element("div", { id: "findings" }), more = element("button", { textContent: "Show more", id: "more", type: "button" });
  const filter = element("input", { type: "search", id: "filter", placeholder: "Filter: class, line, function, program, id", ariaLabel: "Filter findings" });
  const order = element("select", { id: "order", ariaLabel: "Order" }, ...Object.keys(orders).map(name => element("option", { textContent: name })));
  const shownCount = element("span", { className: "dim", id: "shown", ariaLive: "polite" });
  let matching = [], shown = 0;

  const words = new Map();
  function wordsOf(leak) {
    if (!words.has(leak))
      words.set(leak, [kind(leak), where(leak), leak.id, leak.verdict, program(leak), ...Object.values(leak.stacks).flat()
        .map(frame => `${frame.function || ""} ${base(frame.file || frame.module)}`)].join("\n").toLowerCase());
    return words.get(leak);
  }
  const fill = row => { if (row.open && row.children.length === 1) row.append(element("div", { className: "about" }, ...body(row.leak))); };
  function line(leak) {
    const row = element("details", { className: "finding", leak }, element("summary", {},
      element("span", { className: "count", textContent: leak.count }), element("span", { className: leak.verdict, textContent: kind(leak) }),
      element("span", { className: "where", textContent: where(leak) }), element("span", { className: "program dim", textContent: program(leak) }),
      element("span", { className: "held dim", textContent: leak.sockets.length ? time(oldest(leak)) : "" })));
    row.addEventListener("toggle", () => fill(row));
    return row;
  }
  function add() {
    lines.append(...matching.slice(shown, shown + PAGE).map(line));
    shown = Math.min(matching.length, shown + PAGE);
    more.hidden = shown === matching.length;
    shownCount.textContent = matching.length === report.leaks.length ? `${shown} of ${matching.length}`
      : `${shown} of ${matching.length} that match, of ${report.leaks.length}`;
  }
  function begin() {
    const needle = filter.value.toLowerCase(), by = orders[order.value];
    matching = report.leaks.filter(leak => !needle || wordsOf(leak).includes(needle));
    if (by) matching.sort(by);
    shown = 0;
    lines.replaceChildren();
    add();
  }
  filter.oninput = order.onchange = begin;
  more.onclick = add;
  begin();
  if (!report.leaks.length) return null;
  lines.firstChild.open = true;
  // On paper nothing can be opened.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...lines.querySelectorAll("details:not([open])")];
    for (const row of opened) row.open = true;
    lines.querySelectorAll("details.finding").forEach(fill);
  });
  window.addEventListener("afterprint", () => { for (const row of opened) row.open = false; });
  return element("section", {}, element("h2", { textContent: "Findings" }), element("div", { className: "tools" }, filter, order, shownCount),
    element("div", { className: "head dim", ariaHidden: true }, ...["sockets", "class", "line", "program", "oldest"].map(text => element("span", { textContent: text }))),
    lines, more);
}
