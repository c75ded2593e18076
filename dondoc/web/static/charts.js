// Charts drawn from the page's own tables; without this file the tables are what one reads.
//
// A chart is a figure with its words, and its table in <details> below it:
//
//   <figure class="chart" data-chart="line" data-unit="percent" data-today="2025-06-16">
//     <figcaption>One sentence that says what the picture shows</figcaption>
//     <details><summary>…</summary>
//       <table class="list"><caption>…</caption>
//         <thead><tr><th scope="col">Day</th>
//           <th scope="col" data-series="actual">Done</th><th scope="col" data-series="even">…</th>
//         <tbody><tr><th scope="row" data-day="2025-01-31">31/01/2025</th>
//           <td data-value="0.25">25%</td><td data-value="">—</td>
//
// figure   data-chart   "line", "step" (a line that holds until the next point) or "bar"
//          data-unit    "percent" (values are shares, 0 to 1) or "number" (without it: number);
//                       only the axis needs it, a point is read out as its cell has it
//          data-min, data-max     ends of the values' axis (without them: from the values;
//                                 "percent" goes from 0 to 1 at least)
//          data-from, data-to     ends of the days' axis, YYYY-MM-DD (without them: from the table)
//          data-today             a day that is marked by a line, YYYY-MM-DD
//          class "chart small"    one of many on a page: lower, with fewer marks
// th       data-series  one column of values; its value says how it looks (LOOKS below): "actual",
//                       "even", "due", "target", "baseline", "other". The cell's text is its name.
//                       Columns without it are not drawn.
// row      data-day on its first cell: a day of the axis. A chart whose rows have none has a place
//          for each row, named by the first cell's text.
// td       data-value: the number, with a point; "" where there is none (a gap that lines cross)
//
// A page loads vendor/chart.umd.min.js, then this file (both `defer`), and charts.css.
"use strict";

// Told apart by dash and point as well, not by colour alone.
const LOOKS = {
  actual: { color: "#1a7f4b", width: 3, dash: [], point: "circle", fill: true },
  even: { color: "#566170", width: 2, dash: [2, 4], point: "line" },
  due: { color: "#1f5fa8", width: 2, dash: [8, 4], point: "rect" },
  target: { color: "#b3261e", width: 2, dash: [8, 4], point: "triangle" },
  baseline: { color: "#566170", width: 2, dash: [2, 4], point: "rectRot" },
  other: { color: "#8a5a00", width: 2, dash: [4, 2], point: "crossRot" },
};
const DAY = 86400000;
const LANGUAGE = document.documentElement.lang || "vi";

const dayOf = (text) => (text ? Date.parse(`${text}T00:00:00Z`) / DAY : NaN);
const partsOf = (day) => new Date(Math.round(day) * DAY);
const two = (n) => String(n).padStart(2, "0");

function sayDay(day) {
  const at = partsOf(day);
  const start = at.getUTCDate() === 1 ? "" : `${two(at.getUTCDate())}/`;
  return `${start}${two(at.getUTCMonth() + 1)}/${at.getUTCFullYear()}`;
}

// The table as columns: where each row stands, what each series holds and how its cells read.
function read(figure) {
  const table = figure.querySelector("table");
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const dated = rows.length > 0 && rows.every((row) => row.cells[0].dataset.day);
  const places = rows.map((row, n) => (dated ? dayOf(row.cells[0].dataset.day) : n));
  const series = heads.flatMap((head, column) => {
    if (!("series" in head.dataset)) return [];
    const cells = rows.map((row) => row.cells[column]);
    return [{
      name: head.textContent.trim(),
      look: LOOKS[head.dataset.series] || LOOKS.other,
      points: cells.map((cell, n) => ({
        x: places[n],
        y: cell.dataset.value === "" ? null : Number(cell.dataset.value),
        said: cell.textContent.trim(),
      })),
    }];
  });
  return { dated, places, series, names: rows.map((row) => row.cells[0].textContent.trim()) };
}

// Months' beginnings, as many as there is room for: each, every quarter's, half-year's or year's.
function monthTicks(from, to, most) {
  const first = partsOf(from), last = partsOf(to);
  const months = (last.getUTCFullYear() - first.getUTCFullYear()) * 12 +
    last.getUTCMonth() - first.getUTCMonth();
  const step = [1, 3, 6, 12, 24, 60].find((one) => months / one <= most) || 120;
  const found = [];
  for (let n = 0; n <= months; n += 1) {
    const at = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + n, 1);
    const month = new Date(at).getUTCMonth() + 12 * new Date(at).getUTCFullYear();
    if (month % step === 0 && at / DAY >= from && at / DAY <= to) found.push({ value: at / DAY });
  }
  return found.length ? found : [{ value: from }, { value: to }];
}

const todayLine = {
  id: "todayLine",
  afterDatasetsDraw(chart, _, options) {
    const x = chart.scales.x.getPixelForValue(options.day);
    const { top, bottom, left, right } = chart.chartArea;
    if (!(x >= left && x <= right)) return;
    const pen = chart.ctx;
    pen.save();
    pen.strokeStyle = "#1c2430";
    pen.lineWidth = 1;
    pen.setLineDash([3, 3]);
    pen.beginPath();
    pen.moveTo(x, top);
    pen.lineTo(x, bottom);
    pen.stroke();
    pen.restore();
  },
};

function datasetOf(one, kind, small) {
  const { color, width, dash, point, fill } = one.look;
  const many = one.points.length > 20;
  return {
    label: one.name,
    data: one.points,
    borderColor: color,
    backgroundColor: kind === "bar" ? color : `${color}1f`,
    borderWidth: kind === "bar" ? 0 : width,
    borderDash: dash,
    pointStyle: point,
    pointBackgroundColor: color,
    pointRadius: small || many ? 2 : 3.5,
    pointHoverRadius: 5,
    fill: kind === "line" && fill ? "origin" : false,
    stepped: kind === "step" ? "before" : false,
    spanGaps: true,
    tension: 0,
  };
}

function valueAxis(figure, small) {
  const { unit, min, max } = figure.dataset;
  const share = unit === "percent";
  const format = new Intl.NumberFormat(LANGUAGE, share
    ? { style: "percent", maximumFractionDigits: 1 } : { maximumFractionDigits: 2 });
  return {
    min: min ? Number(min) : undefined,
    max: max ? Number(max) : undefined,
    suggestedMin: share ? 0 : undefined,
    suggestedMax: share ? 1 : undefined,
    ticks: { callback: (value) => format.format(value), maxTicksLimit: small ? 4 : 7 },
    grid: { color: "#e6eaef" },
  };
}

function placeAxis(figure, table, small) {
  if (!table.dated) {
    const ticks = { callback: (n) => table.names[n] ?? "", stepSize: 1, maxTicksLimit: small ? 4 : 12 };
    const room = figure.dataset.chart === "bar" ? 0.5 : 0;
    return { type: "linear", min: -room, max: table.places.length - 1 + room, ticks, grid: { display: false } };
  }
  const { from, to } = figure.dataset;
  return {
    type: "linear",
    min: from ? dayOf(from) : Math.min(...table.places),
    max: to ? dayOf(to) : Math.max(...table.places),
    afterBuildTicks: (axis) => {
      const most = Math.max(2, Math.floor(axis.chart.width / (small ? 110 : 80)));
      axis.ticks = monthTicks(axis.min, axis.max, most);
    },
    ticks: { callback: sayDay, maxRotation: 0, autoSkip: true },
    grid: { display: false },
  };
}

function draw(figure) {
  if (figure.dataset.drawn || typeof Chart === "undefined") return;
  figure.dataset.drawn = "yes";
  const table = read(figure);
  if (!table.series.length || !table.places.length) return;
  const small = figure.classList.contains("small");
  const kind = figure.dataset.chart;
  const area = document.createElement("div");
  area.className = "chart-area";
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", (figure.querySelector("figcaption") || figure).textContent.trim());
  area.append(canvas);
  const below = figure.querySelector("details, .scrolls, table");
  figure.insertBefore(area, below && below.parentNode === figure ? below : null);
  new Chart(canvas, {
    type: kind === "bar" ? "bar" : "line",
    data: { datasets: table.series.map((one) => datasetOf(one, kind, small)) },
    options: {
      animation: false,
      maintainAspectRatio: false,
      parsing: true,
      locale: LANGUAGE,
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: { x: placeAxis(figure, table, small), y: valueAxis(figure, small) },
      plugins: {
        todayLine: { day: dayOf(figure.dataset.today) },
        legend: {
          display: table.series.length > 1 || !small,
          position: "bottom",
          align: "start",
          labels: { usePointStyle: true, boxHeight: 7, pointStyleWidth: 22, padding: 16, color: "#1c2430", font: { size: 13 } },
        },
        tooltip: {
          callbacks: {
            title: (items) => (items.length ? table.names[items[0].dataIndex] : ""),
            label: (item) => `${item.dataset.label}: ${item.raw.said}`,
          },
        },
      },
    },
    plugins: [todayLine],
  });
}

// A few are drawn at once; of many those that are seen, the others when they are scrolled to.
const FEW = 4;
const seen = document.querySelectorAll("figure[data-chart]").length > FEW && "IntersectionObserver" in window
  ? new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) { seen.unobserve(entry.target); draw(entry.target); }
    }
  }, { rootMargin: "300px" })
  : { observe: draw };

function drawAll(within) {
  for (const figure of within.querySelectorAll("figure[data-chart]")) seen.observe(figure);
}
drawAll(document);
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
window.addEventListener("beforeprint", () => {
  for (const figure of document.querySelectorAll("figure[data-chart]")) draw(figure);
  for (const chart of Object.values(Chart.instances)) chart.resize();
});
