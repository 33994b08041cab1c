"use strict";
(() => {
  const { figures, tables, templates } = JSON.parse(document.getElementById("data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const byId = (id) => document.getElementById(id);
  const config = {
    displaylogo: false,
    modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
    displayModeBar: window.matchMedia("(hover: hover)").matches ? "hover" : false,
  };

  // The figure as plotly draws it here: the page's theme, the place's width.
  function made(id, theme) {
    const { data, layout } = structuredClone(figures[id]);
    return { data, layout: { ...layout, template: templates[theme], width: byId(id + "-plot").clientWidth } };
  }

  // A legend takes as many lines as the width asks for: the figure grows by them, the plot stays as high as it was.
  function makeRoom(id) {
    const place = byId(id + "-plot"), legend = place.querySelector(".legend .bg"), { height, margin } = figures[id].layout;
    const top = legend ? Math.ceil(legend.getBBox().height) + 28 : margin.t;
    return Plotly.relayout(place, { "margin.t": top, height: height - margin.t + top });
  }

  function draw(id, theme = dark.matches ? "dark" : "light") {
    const place = byId(id + "-plot");
    if (place.closest("[hidden]")) return;
    const { data, layout } = made(id, theme);
    Plotly.react(place, data, layout, { ...config, toImageButtonOptions: { filename: id, scale: 2 } }).then(() => makeRoom(id));
  }
  const drawAll = (theme) => Object.keys(figures).forEach((id) => draw(id, theme));

  function download(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // A picture for a paper is black on white whatever the screen shows.
  function image(id, format) {
    const { width, height, margin } = byId(id + "-plot").layout;
    const { data, layout } = made(id, "light");
    Object.assign(layout, { width, height, margin, paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff" });
    Plotly.downloadImage({ data, layout }, { format, width, height, scale: format === "png" ? 2 : 1, filename: id });
  }

  function show(button) {
    for (const other of button.parentElement.children) {
      const chosen = other === button;
      other.setAttribute("aria-pressed", chosen);
      byId(other.dataset.shows).hidden = !chosen;
    }
    if (figures[button.dataset.shows]) draw(button.dataset.shows);
  }

  function sort(head) {
    const table = head.closest("table"), column = head.cellIndex;
    const numeric = head.classList.contains("n");
    const down = head.hasAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : numeric;
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => (numeric ? Number(row.cells[column].dataset.v || NaN) : row.cells[column].textContent);
    const compare = (a, b) => {
      const x = key(a), y = key(b);
      if (!numeric) return down ? y.localeCompare(x) : x.localeCompare(y);
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y); // blanks stay at the end
      return down ? y - x : x - y;
    };
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(compare));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { csv, image: format, of, shows } = button.dataset;
    if (csv) download(csv + ".csv", "text/csv;charset=utf-8", tables[csv]);
    else if (format) image(of, format);
    else if (shows) show(button);
    else if (button.closest("thead")) sort(button.closest("th"));
  });

  let width = window.innerWidth, waiting;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (width !== window.innerWidth) drawAll();
      width = window.innerWidth;
    }, 100);
  });
  dark.addEventListener("change", () => drawAll());
  // Figures are drawn again as wide as a printed page, black on white.
  window.addEventListener("beforeprint", () => { document.body.classList.add("printed"); drawAll("light"); });
  window.addEventListener("afterprint", () => { document.body.classList.remove("printed"); drawAll(); });
  drawAll();
})();
