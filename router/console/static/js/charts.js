// Charts, drawn of the table beside them, which stays for whoever cannot see or run these.

const SPECS = {
  calls: [
    { column: "calls", bars: true, stroke: "--accent", fill: "--accent-ground" },
    { column: "talked", bars: true, stroke: "--accent", fill: "--accent" },
    { column: "earlier", stroke: "--late-edge", dash: [5, 4] },
  ],
  share: [
    { column: "share_15", stroke: "--accent", points: true },
    { column: "share_20", stroke: "--ring", points: true, dash: [2, 3] },
  ],
  wait: [
    { column: "wait_p50_s", stroke: "--accent", points: true },
    { column: "wait_p90_s", stroke: "--ring", points: true, dash: [2, 3] },
  ],
};
const numbers = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
const drawn = new Map();

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function read(table) {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  const columns = {};
  heads.forEach((head, place) => {
    if (!head.dataset.column) {
      return;
    }
    columns[head.dataset.column] = {
      label: head.textContent.trim(),
      values: rows.map((row) => {
        const value = row.cells[place].dataset.value;
        return value === "" ? null : Number(value);
      }),
    };
  });
  return { columns, shorts: rows.map((row) => row.dataset.short) };
}

function goals(room) {
  return (room.dataset.goals || "").trim().split(/\s+/).filter(Boolean).map(Number);
}

function series(spec, found) {
  const made = {
    label: found.label,
    stroke: () => colour(spec.stroke),
    width: 2,
    dash: spec.dash,
    points: { show: Boolean(spec.points), size: 6 },
    value: (_plot, value) => (value === null ? "–" : numbers.format(value)),
  };
  if (spec.bars) {
    made.fill = () => colour(spec.fill);
    made.width = 1;
    made.paths = window.uPlot.paths.bars({ size: [0.7, 40] });
    made.points = { show: false };
  }
  return made;
}

function range(room, lowest, highest) {
  if (room.dataset.chart === "share") {
    return [Math.min(70, Math.floor((lowest ?? 70) / 10) * 10), 101];
  }
  return [0, Math.max(highest ?? 0, 4) * 1.08];
}

function draw(room) {
  const { columns, shorts } = read(document.getElementById(room.dataset.of));
  const places = shorts.map((_, place) => place);
  const specs = SPECS[room.dataset.chart];
  const lines = goals(room).map((goal) => ({
    label: `${room.dataset.goalWord} ${goal} %`,
    stroke: () => colour("--bad-edge"),
    width: 1,
    dash: [8, 4],
    points: { show: false },
    value: () => `${goal} %`,
    goal,
  }));
  const data = [
    places,
    ...specs.map((spec) => columns[spec.column].values),
    ...lines.map((line) => places.map(() => line.goal)),
  ];
  const axis = {
    stroke: () => colour("--quiet"),
    grid: { stroke: () => colour("--line"), width: 1 },
    ticks: { stroke: () => colour("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
  const plot = new window.uPlot(
    {
      width: room.clientWidth,
      height: 200,
      padding: [10, 12, 0, 0],
      scales: {
        x: { time: false, range: () => [-0.6, places.length - 0.4] },
        y: { range: (_plot, low, high) => range(room, low, high) },
      },
      cursor: { drag: { x: false, y: false }, y: false },
      legend: { live: true },
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: 26,
          incrs: [1, 2, 3, 6],
          values: (_plot, splits) => splits.map((split) => shorts[split] ?? ""),
        },
        {
          ...axis,
          size: 48,
          incrs: room.dataset.chart === "calls" ? [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000] : undefined,
          values: (_plot, splits) => splits.map((split) => numbers.format(split)),
        },
      ],
      series: [
        { label: room.dataset.at, value: (_plot, value) => shorts[value] ?? "–" },
        ...specs.map((spec) => series(spec, columns[spec.column])),
        ...lines,
      ],
    },
    data,
    room,
  );
  let width = room.clientWidth;
  const observer = new ResizeObserver(() => {
    if (room.clientWidth !== width && room.clientWidth > 0) {
      width = room.clientWidth;
      plot.setSize({ width, height: 200 });
    }
  });
  observer.observe(room);
  drawn.set(room, { plot, observer });
}

// Anew, as the marks of the legend keep the colours that they were made with.
function redraw() {
  for (const [room, { plot, observer }] of [...drawn]) {
    observer.disconnect();
    plot.destroy();
    draw(room);
  }
}

function whenThemeChanges() {
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  // Paper is white, whatever the screen is.
  window.matchMedia("print").addEventListener("change", redraw);
}

function begin() {
  const rooms = [...document.querySelectorAll("[data-chart]")];
  if (window.uPlot && rooms.length) {
    for (const box of document.querySelectorAll(".course__charts")) {
      box.hidden = false;
    }
    rooms.forEach(draw);
    whenThemeChanges();
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

begin();
