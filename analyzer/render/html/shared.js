// The HTML report: its data, and what its parts share. Names are hostile: whatever comes out of the data
// becomes text, never markup.
"use strict";
const json = document.getElementById("report").textContent;
const report = JSON.parse(json), page = JSON.parse(document.getElementById("page").textContent);
report.leaks.forEach((leak, index) => Object.assign(leak, page.findings[index]));
const leaks = report.leaks.filter(leak => leak.verdict === "leak");
const processes = new Map(report.processes.map(process => [process.pid, process]));

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter(child => child !== null));
  return made;
};
const list = texts => element("ul", {}, ...texts.map(text => element("li", { textContent: text })));
const box = (title, ...children) => element("section", { className: "box" }, element("h2", { textContent: title }), ...children);
const key = (color, text) => element("li", {}, element("span", { className: "swatch", style: `background:${color}` }), text);
const keys = (...made) => element("ul", { className: "keys" }, ...made);

const base = path => (path || "").replace(/.*\//, "");
const place = frame => frame.file && frame.line ? `${frame.file}:${frame.line}`
  : `${frame.module || "?"}+0x${frame.offset.toString(16)}`;
const where = leak => leak.where || "?";
const kind = leak => leak.class + (leak.reason ? ` (${leak.reason})` : "");
const program = leak => {
  const pid = leak.sockets.length ? leak.sockets[0].pid : 0;
  return processes.has(pid) ? base(processes.get(pid).executable) : "";
};
const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const time = ms => ms < 1000 ? `${Math.round(ms)} ms` : ms < 60000 ? `${+(ms / 1000).toFixed(1)} s`
  : ms < 3600000 ? `${+(ms / 60000).toFixed(1)} min` : `${+(ms / 3600000).toFixed(1)} h`;
const clock = (begin, end) => d3.timeFormat(end - begin < 5e3 ? "%H:%M:%S.%L" : end - begin < 600e3 ? "%H:%M:%S" : end - begin < 2 * 86400e3 ? "%H:%M" : "%b %d");

// An axis below a chart, whose labels have ROOM pixels each.
function axisBelow(svg, y, x, format, room) {
  const ticks = x.ticks(6), most = Math.max(1, Math.floor((x.range()[1] - x.range()[0]) / room));
  const step = Math.ceil(ticks.length / most);
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${y})`)
    .call(d3.axisBottom(x).tickValues(ticks.filter((_, index) => index % step === 0)).tickFormat(format));
}

// An SVG that draw(svg, width) fills in pixels of the screen, so that text has its size at any width; it
// returns the height.
function chart(label, draw, role = "img") {
  const svg = d3.create("svg").attr("role", role).attr("aria-label", label), node = svg.node();
  let width = 0;
  node.redraw = () => {
    svg.selectAll("*").remove();
    const height = draw(svg, width);
    svg.attr("viewBox", `0 0 ${width} ${height}`).attr("height", height);
  };
  const resize = to => {
    if (to > 0 && Math.round(to) !== width) {
      width = Math.round(to);
      node.redraw();
    }
  };
  resize(600);
  // Not at once: what is drawn may move what is observed.
  new ResizeObserver(entries => requestAnimationFrame(() => resize(entries[0].contentRect.width))).observe(node);
  return node;
}
