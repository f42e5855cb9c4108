// The deciding stacks of all leaks as a flame graph.
"use strict";

// Nodes by function. Each of NODE.sites is the site of a finding there.
function stackTree(bottomUp) {
  const root = { name: `all: ${plural(d3.sum(leaks, leak => leak.count), "socket")}`, children: new Map(), value: 0, site: false };
  for (const leak of leaks) {
    const frames = leak.stacks[leak.site_stack] || Object.values(leak.stacks)[0] || [];
    const own = frames.findIndex(frame => leak.site && frame.offset === leak.site.offset && frame.function === leak.site.function && frame.line === leak.site.line);
    const steps = frames.map((frame, index) => ({ name: frame.function || base(place(frame)), site: index === own }));
    if (!steps.length) steps.push({ name: where(leak), site: true });
    if (!bottomUp) steps.reverse();
    let node = root;
    node.value += leak.count;
    for (const step of steps) {
      if (!node.children.has(step.name)) node.children.set(step.name, { name: step.name, children: new Map(), value: 0, site: false });
      node = node.children.get(step.name);
      node.value += leak.count;
      node.site = node.site || step.site;
    }
  }
  return root;
}

function flame() {
  if (!leaks.length) return null;
  const ROW = 20, LETTER = 6.65;
  const search = element("input", { type: "search", id: "search", placeholder: "Search", ariaLabel: "Search functions" });
  const direction = element("select", { id: "direction", ariaLabel: "Direction" },
    element("option", { textContent: "Top-down: from main()", value: "" }), element("option", { textContent: "Bottom-up: from the call", value: "up" }));
  const reset = element("button", { textContent: "Reset zoom", id: "reset", type: "button" });
  const found = element("span", { className: "dim", id: "found", ariaLive: "polite" });
  let root, focus, current;
  const hue = name => [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 97, 7) / 97;
  const matches = (node, needle) => node.data.name.toLowerCase().includes(needle);
  const label = node => `${node.data.name}${node.depth ? `: ${plural(node.value, "socket")}, ${d3.format(".1%")(node.value / root.value)}` : ""}`;
  const cut = (name, width) => name.length * LETTER <= width ? name : name.slice(0, Math.max(0, Math.floor(width / LETTER) - 1)) + "…";

  const svg = chart("Flame graph of the deciding stacks", (svg, width) => {
    if (!root) return ROW;
    const needle = search.value.toLowerCase(), x = d3.scaleLinear([focus.x0, focus.x1], [0, width]);
    const shown = root.descendants().filter(node => node.x1 > focus.x0 && node.x0 < focus.x1 && x(node.x1) - x(node.x0) > 0.5);
    for (const node of shown) {
      const left = Math.max(0, x(node.x0)), wide = Math.min(width, x(node.x1)) - left;
      const group = svg.append("g").datum(node).attr("tabindex", node === current ? 0 : -1).attr("role", "button")
        .attr("transform", `translate(${left},${node.depth * ROW})`).attr("aria-label", label(node))
        .classed("site", node.data.site).classed("above", node.depth < focus.depth).classed("faded", !!needle && !matches(node, needle));
      group.append("title").text(label(node));
      group.append("rect").attr("width", Math.max(0.5, wide - 1)).attr("height", ROW - 1)
        .attr("fill", d3.interpolateOrRd(node.data.site ? 0.55 : 0.1 + 0.2 * hue(node.data.name)));
      if (wide > 3 * LETTER) group.append("text").attr("x", 4).attr("y", 14).text(cut(node.data.name, wide - 8));
    }
    return (d3.max(shown, node => node.depth) + 1) * ROW;
  }, "group");
  svg.id = "flame";

  // What matches, without what lies inside of it.
  const count = (node, needle) => matches(node, needle) ? node.value : d3.sum(node.children || [], child => count(child, needle));
  function draw() {
    const needle = search.value.toLowerCase();
    found.textContent = needle ? `${count(root, needle)} of ${plural(root.value, "socket")}` : "";
    svg.redraw();
  }
  function zoom(node) {
    focus = current = node;
    draw();
  }
  function move(node) {
    if (!node) return;
    current = node;
    if (node.x1 <= focus.x0 || node.x0 >= focus.x1) focus = root;
    draw();
    const group = [...svg.querySelectorAll("g")].find(group => d3.select(group).datum() === node);
    if (group) group.focus();
  }
  const beside = (node, step) => node.parent && node.parent.children[node.parent.children.indexOf(node) + step];
  const moves = { ArrowUp: node => node.parent, ArrowDown: node => node.children && node.children[0],
    ArrowLeft: node => beside(node, -1), ArrowRight: node => beside(node, 1), Home: () => root };
  const nodeOf = event => event.target.closest("g") && d3.select(event.target.closest("g")).datum();
  svg.addEventListener("click", event => { if (nodeOf(event)) zoom(nodeOf(event)); });
  svg.addEventListener("keydown", event => {
    const node = nodeOf(event);
    if (!node || !(event.key in moves || event.key === "Enter" || event.key === " " || event.key === "Escape")) return;
    event.preventDefault();
    if (event.key === "Escape") focus = root;
    else if (!(event.key in moves)) focus = node;
    move(event.key in moves ? moves[event.key](node) : node);
  });
  function build() {
    root = d3.hierarchy(stackTree(direction.value === "up"), node => [...node.children.values()]);
    root.each(node => { node.value = node.data.value; });
    d3.partition()(root);
    zoom(root);
  }
  search.oninput = draw;
  direction.onchange = build;
  reset.onclick = () => zoom(root);
  build();
  return box("Stacks", element("div", { className: "tools" }, search, direction, reset, found), svg,
    keys(key(d3.interpolateOrRd(0.55), "the site of a finding")),
    element("p", { className: "dim screen", textContent: "Click, or Enter, to zoom; arrow keys to move; Escape to zoom out." }));
}
