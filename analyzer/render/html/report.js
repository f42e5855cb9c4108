// The HTML report. Names are hostile: whatever comes out of the data becomes text, never markup.
"use strict";
(() => {
  const json = document.getElementById("report").textContent;
  const report = JSON.parse(json);
  const source = JSON.parse(document.getElementById("source").textContent);
  const PAGE = 200, LIVES = 200, SITES = 8;
  report.leaks.forEach((leak, index) => { leak.lines = source[index]; });
  const leaks = report.leaks.filter(leak => leak.verdict === "leak");

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children.filter(child => child !== null));
    return made;
  };
  const base = path => (path || "").replace(/.*\//, "");
  const place = frame => !frame ? "?" : frame.file && frame.line ? `${frame.file}:${frame.line}`
    : `${frame.module || "?"}+0x${frame.offset.toString(16)}`;
  const where = leak => leak.site ? base(place(leak.site)) + (leak.site.function ? ` in ${leak.site.function}` : "")
    : leak.sockets.length ? `pid ${leak.sockets[0].pid}, ${leak.sockets[0].local || leak.sockets[0].peer || ""}` : "?";
  const kind = leak => leak.class + (leak.reason ? ` (${leak.reason})` : "");
  const time = ms => ms < 1000 ? `${Math.round(ms)} ms` : ms < 60000 ? `${(ms / 1000).toFixed(1)} s`
    : ms < 3600000 ? `${Math.round(ms / 60000)} min` : `${(ms / 3600000).toFixed(1)} h`;
  const colors = d3.scaleOrdinal(d3.schemeTableau10);
  const box = (title, ...children) => element("section", { className: "box" }, element("h2", { textContent: title }), ...children);
  const svg = (height, label) => d3.create("svg").attr("viewBox", `0 0 600 ${height}`).attr("role", "img").attr("aria-label", label);

  // When each socket was finished, by the clock; those of the sites with most sockets.
  function overTime() {
    const series = leaks.slice(0, SITES).map(leak => ({ leak, times: leak.sockets
      .map(socket => Date.parse(socket.opened_at) + Math.max(0, (socket.eof_ms || socket.opened_ms) - socket.opened_ms))
      .filter(at => !isNaN(at)).sort((a, b) => a - b) })).filter(line => line.times.length);
    if (!series.length) return null;
    const end = Math.max(...series.map(line => line.times[line.times.length - 1]));
    const begin = Math.min(...series.map(line => line.times[0]));
    const x = d3.scaleTime([begin, Math.max(end, begin + 1000)], [40, 590]);
    const most = d3.max(series, line => line.times.length), y = d3.scaleLinear([0, most], [190, 10]);
    const chart = svg(220, "Leaked sockets over time");
    chart.append("g").attr("class", "axis").attr("transform", "translate(0,190)").call(d3.axisBottom(x).ticks(5));
    chart.append("g").attr("class", "axis").attr("transform", "translate(40,0)").call(d3.axisLeft(y).ticks(Math.min(5, most), "d"));
    for (const { leak, times } of series) {
      const points = [[begin, 0], ...times.map((at, index) => [at, index + 1]), [x.domain()[1], times.length]];
      chart.append("path").attr("fill", "none").attr("stroke", colors(leak.id)).attr("stroke-width", 2)
        .attr("d", d3.line().curve(d3.curveStepAfter).x(point => x(point[0])).y(point => y(point[1]))(points));
    }
    return box("Leaked sockets over time", chart.node(), element("ul", { style: "list-style:none;padding:0" },
      ...series.map(({ leak }) => element("li", {}, element("span", { className: "swatch", style: `background:${colors(leak.id)}` }), where(leak)))));
  }

  function states() {
    const sums = {};
    for (const process of report.processes)
      for (const [state, count] of Object.entries(process.tcp_states)) sums[state] = (sums[state] || 0) + count;
    const rows = Object.entries(sums).filter(row => row[1]).sort((a, b) => b[1] - a[1]);
    if (!rows.length) return null;
    const x = d3.scaleLinear([0, rows[0][1]], [0, 380]), chart = svg(rows.length * 22 + 4, "TCP states");
    rows.forEach(([state, count], index) => {
      chart.append("text").attr("x", 0).attr("y", index * 22 + 15).text(state);
      chart.append("rect").attr("x", 110).attr("y", index * 22 + 3).attr("height", 16).attr("width", Math.max(1, x(count)))
        .attr("fill", state === "CLOSE_WAIT" ? "var(--leak)" : "var(--accent)");
      chart.append("text").attr("x", 116 + x(count)).attr("y", index * 22 + 15).text(count);
    });
    return box("TCP states", chart.node());
  }

  function budget() {
    const rows = report.processes.filter(process => process.descriptors && process.descriptor_limit)
      .sort((a, b) => b.descriptors / b.descriptor_limit - a.descriptors / a.descriptor_limit).slice(0, SITES);
    if (!rows.length) return null;
    return box("Descriptors", ...rows.map(process => element("p", {},
      `${base(process.executable)} (pid ${process.pid}): ${process.descriptors} / ${process.descriptor_limit}` +
      (process.exhausted_in_ms === null ? "" : `, exhausted in ${time(process.exhausted_in_ms)}`), element("br"),
      element("meter", { max: process.descriptor_limit, value: process.descriptors, style: "width:100%",
        ariaLabel: `descriptors of pid ${process.pid}` }))));
  }

  // The deciding stack comes first.
  function tree(bottomUp) {
    const root = { name: "all", children: new Map(), value: 0 };
    for (const leak of leaks) {
      let node = root;
      node.value += leak.count;
      const stack = (Object.values(leak.stacks)[0] || []).map(frame => frame.function || base(place(frame)));
      const names = stack.length ? (bottomUp ? stack : stack.reverse()) : [where(leak)];
      for (const name of names) {
        if (!node.children.has(name)) node.children.set(name, { name, children: new Map(), value: 0 });
        node = node.children.get(name);
        node.value += leak.count;
      }
    }
    return root;
  }

  function flame() {
    if (!leaks.length) return null;
    const chart = d3.create("svg").attr("id", "flame").attr("role", "group").attr("aria-label", "Flame graph");
    const search = element("input", { type: "search", id: "search", placeholder: "Search", ariaLabel: "Search functions" });
    const direction = element("select", { id: "direction", ariaLabel: "Direction" }, element("option", { textContent: "Top-down", value: "" }),
      element("option", { textContent: "Bottom-up", value: "up" }));
    const reset = element("button", { textContent: "Reset zoom", id: "reset" });
    let root, focus;
    function draw() {
      const needle = search.value.toLowerCase(), x = d3.scaleLinear([focus.x0, focus.x1], [0, 600]);
      const shown = root.descendants().filter(node => node.x1 > focus.x0 && node.x0 < focus.x1 && x(node.x1) - x(node.x0) > 0.5);
      const height = (d3.max(shown, node => node.depth) + 1) * 18;
      chart.attr("viewBox", `0 0 600 ${height}`).selectAll("*").remove();
      for (const node of shown) {
        const left = Math.max(0, x(node.x0)), width = Math.min(600, x(node.x1)) - left;
        const group = chart.append("g").attr("tabindex", 0).attr("role", "button").attr("transform", `translate(${left},${node.depth * 18})`)
          .attr("aria-label", `${node.data.name}: ${node.value}`).classed("faded", !!needle && !node.data.name.toLowerCase().includes(needle));
        const zoom = () => { focus = node; draw(); };
        group.node().addEventListener("click", zoom);
        group.node().addEventListener("keydown", event => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); zoom(); } });
        group.append("title").text(`${node.data.name}: ${node.value}`);
        group.append("rect").attr("width", width).attr("height", 17).attr("fill", d3.interpolateOrRd(0.15 + 0.4 * (node.data.name.length % 7) / 7));
        if (width > 30) group.append("text").attr("x", 3).attr("y", 12)
          .text(node.data.name.length * 6 > width ? node.data.name.slice(0, Math.max(1, Math.floor(width / 6) - 1)) + "…" : node.data.name);
      }
    }
    function build() {
      root = d3.hierarchy(tree(direction.value === "up"), node => [...node.children.values()]);
      root.each(node => { node.value = node.data.value; });
      d3.partition()(root);
      focus = root;
      draw();
    }
    search.oninput = draw;
    direction.onchange = build;
    reset.onclick = () => { focus = root; draw(); };
    build();
    return box("Stacks", element("div", { className: "tools" }, search, direction, reset), chart.node());
  }

  // Opened, finished, now: a bar for each socket.
  function lives(leak) {
    const rows = leak.sockets.filter(socket => socket.opened_ms !== null && socket.held_ms !== null).slice(0, LIVES)
      .map(socket => ({ socket, opened: socket.opened_ms, ended: socket.eof_ms === null ? socket.opened_ms : socket.eof_ms }));
    if (!rows.length) return [];
    const x = d3.scaleLinear([d3.min(rows, row => row.opened), d3.max(rows, row => row.ended + row.socket.held_ms)], [60, 590]);
    const chart = svg(rows.length * 10 + 24, "Sockets on a time axis");
    rows.forEach((row, index) => {
      const bar = (from, to, fill) => chart.append("rect").attr("x", x(from)).attr("y", index * 10 + 1).attr("height", 8)
        .attr("width", Math.max(1, x(to) - x(from))).attr("fill", fill);
      chart.append("text").attr("x", 0).attr("y", index * 10 + 9).text(`fd ${row.socket.fd}`);
      bar(row.opened, row.ended, "var(--accent)");
      bar(row.ended, row.ended + row.socket.held_ms, "var(--leak)")
        .append("title").text(`${row.socket.peer || "?"}: ${time(row.socket.held_ms)}`);
    });
    chart.append("g").attr("class", "axis").attr("transform", `translate(0,${rows.length * 10 + 2})`).call(d3.axisBottom(x).ticks(5).tickFormat(time));
    return [element("h3", { textContent: "Sockets" }), element("p", { className: "dim", textContent:
      `Opened to finished, then held; ${rows.length} of ${leak.count}.` }), chart.node()];
  }

  function body(leak) {
    const parts = [element("p", { textContent: leak.headline }), element("p", {}, element("strong", { textContent: "Fix: " }), leak.fix)];
    if (leak.lines.length)
      parts.push(element("pre", {}, ...leak.lines.map(([number, text]) => element("span", {
        className: number === leak.site.line ? "here" : "", textContent: `${String(number).padStart(6)}  ${text}\n` }))));
    for (const [name, frames] of Object.entries(leak.stacks))
      parts.push(element("h3", { textContent: name }), element("pre", { textContent:
        frames.map((frame, number) => `#${number}  ${frame.function || "??"}  ${place(frame)}`).join("\n") }));
    if (leak.siblings.closed_at.length)
      parts.push(element("h3", { textContent: "Siblings" }), element("ul", {}, ...leak.siblings.closed_at.map(closing =>
        element("li", { textContent: `${closing.count} closed at ${base(place(closing.site))}` }))));
    parts.push(element("ul", {}, ...leak.details.map(text => element("li", { textContent: text }))), ...lives(leak));
    return parts;
  }

  function findings() {
    const list = element("div", { id: "findings" }), more = element("button", { textContent: "More", id: "more" });
    const filter = element("input", { type: "search", id: "filter", placeholder: "Filter", ariaLabel: "Filter findings" });
    const count = element("span", { className: "dim", id: "shown" });
    let matching = [], shown = 0;
    function add() {
      for (const leak of matching.slice(shown, shown + PAGE)) {
        const row = element("details", { className: "finding" }, element("summary", {},
          element("span", { className: "count", textContent: leak.count }), element("span", { className: leak.verdict, textContent: kind(leak) }),
          element("span", { className: "where", textContent: where(leak) })));
        row.addEventListener("toggle", () => { if (row.open && row.children.length === 1) row.append(...body(leak)); });
        list.append(row);
      }
      shown = Math.min(matching.length, shown + PAGE);
      more.hidden = shown === matching.length;
      count.textContent = `${shown} of ${matching.length}`;
    }
    function begin() {
      const needle = filter.value.toLowerCase();
      matching = report.leaks.filter(leak => `${kind(leak)} ${where(leak)} ${leak.id} ${leak.verdict}`.toLowerCase().includes(needle));
      shown = 0;
      list.replaceChildren();
      add();
    }
    filter.oninput = begin;
    more.onclick = add;
    begin();
    if (list.firstChild) list.firstChild.open = true;
    return element("section", {}, element("h2", { textContent: "Findings" }), element("div", { className: "tools" }, filter, count), list, more);
  }

  const download = element("button", { textContent: "Download JSON", id: "download" });
  download.onclick = () => {
    const link = element("a", { href: URL.createObjectURL(new Blob([json], { type: "application/json" })), download: "finleak.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const blind = report.processes.flatMap(process => process.blind_spots.map(text => `${base(process.executable)} (pid ${process.pid}): ${text}`));
  document.title = report.summary.headline;
  document.querySelector("main").append(element("h1", { textContent: report.summary.headline, className: leaks.length ? "leak" : "" }),
    element("div", { className: "tools" }, download));
  const parts = [overTime(), states(), budget()].filter(part => part);
  const body_ = [element("div", { className: "overview" }, ...parts), flame(), findings(),
    blind.length ? box("Not seen", element("ul", {}, ...blind.slice(0, PAGE).map(text => element("li", { textContent: text })))) : null];
  document.querySelector("main").append(...body_.filter(part => part));
  window.addEventListener("beforeprint", () => document.querySelectorAll("details.finding").forEach(row => { row.open = true; }));
})();
