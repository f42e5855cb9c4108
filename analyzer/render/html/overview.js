// What leaks, over all: over time, by state, and how far from the limit.
"use strict";

// When the peer was known to be gone, or the socket was opened where that never was.
const began = socket => Date.parse(socket.opened_at) + Math.max(0, (socket.eof_ms ?? socket.opened_ms) - socket.opened_ms);

function overTime() {
  const SITES = 8, colors = d3.schemeTableau10;
  const series = leaks.slice(0, SITES).map((leak, index) => ({ name: where(leak), color: colors[index],
    times: leak.sockets.map(began).filter(at => !isNaN(at)).sort((a, b) => a - b) })).filter(line => line.times.length);
  if (!series.length) return null;
  const begin = d3.min(series, line => line.times[0]), most = d3.max(series, line => line.times.length);
  const end = Math.max(begin + 1000, d3.max(leaks.slice(0, SITES), leak => d3.max(leak.sockets, socket => began(socket) + socket.held_ms)));
  const svg = chart("Leaked sockets over time", (svg, width) => {
    const x = d3.scaleTime([begin, end], [36, width - 16]), y = d3.scaleLinear([0, most], [180, 10]);
    axisBelow(svg, 180, x, clock(begin, end), end - begin < 5e3 ? 80 : 62);
    svg.append("g").attr("class", "axis").attr("transform", "translate(36,0)").call(d3.axisLeft(y).ticks(Math.min(5, most), "d"));
    for (const { name, color, times } of series) {
      const points = [[begin, 0], ...times.map((at, index) => [at, index + 1]), [end, times.length]];
      svg.append("path").attr("class", "line").attr("stroke", color)
        .attr("d", d3.line().curve(d3.curveStepAfter).x(point => x(point[0])).y(point => y(point[1]))(points))
        .append("title").text(`${name}: ${times.length}`);
    }
    return 205;
  });
  const others = leaks.length - series.length;
  return box("Leaked sockets over time", svg, keys(...series.map(line => key(line.color, line.name))),
    others ? element("p", { className: "dim", textContent: `${plural(others, "other finding")}: below.` }) : null);
}

function states() {
  const sums = {};
  for (const process of report.processes)
    for (const [state, count] of Object.entries(process.tcp_states)) sums[state] = (sums[state] || 0) + count;
  const rows = Object.entries(sums).filter(row => row[1]).sort((a, b) => b[1] - a[1]);
  if (!rows.length) return null;
  return box("TCP sockets by state", chart(`TCP sockets by state: ${rows.map(row => row.join(" ")).join(", ")}`, (svg, width) => {
    const x = d3.scaleLinear([0, rows[0][1]], [0, width - 160]);
    rows.forEach(([state, count], index) => {
      svg.append("text").attr("x", 0).attr("y", index * 24 + 16).text(state);
      svg.append("rect").attr("x", 104).attr("y", index * 24 + 3).attr("height", 17).attr("width", Math.max(1, x(count)))
        .attr("class", state === "CLOSE_WAIT" ? "leaked" : "plain");
      svg.append("text").attr("x", 110 + x(count)).attr("y", index * 24 + 16).text(count);
    });
    return rows.length * 24;
  }));
}

function budget() {
  const SHOWN = 6, share = process => process.descriptors / process.descriptor_limit;
  const rows = report.processes.filter(process => process.descriptors && process.descriptor_limit)
    .sort((a, b) => (a.exhausted_in_ms ?? Infinity) - (b.exhausted_in_ms ?? Infinity) || share(b) - share(a)).slice(0, SHOWN);
  if (!rows.length) return null;
  return box("Descriptors", ...rows.map(process => element("div", { className: "budget" },
    element("span", { textContent: `${base(process.executable)} (pid ${process.pid})` }),
    element("span", { textContent: `${process.descriptors} of ${process.descriptor_limit}` }),
    element("meter", { max: process.descriptor_limit, value: process.descriptors, high: process.descriptor_limit * 0.8,
      ariaLabel: `descriptors of pid ${process.pid}` }),
    process.exhausted_in_ms === null ? null
      : element("span", { className: "leak", textContent: `exhausted in ${time(process.exhausted_in_ms)}` }))));
}
