/** One curve: figures by size, both above 0, and the power by which they grow. */
export interface Curve {
  readonly title: string;
  readonly points: readonly (readonly [size: number, figure: number])[];
  readonly power: number;
}

const [WIDTH, HEIGHT, GAP] = [280, 220, 50];

/** Curves side by side, both axes logarithmic, so that a power is a straight line: the fitted one is dashed. */
export function svgOf(curves: readonly Curve[]): string {
  const width = curves.length * (WIDTH + GAP) + GAP;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT + 2 * GAP}" font-family="sans-serif" font-size="11">
<title>${curves.map(({ title, power }) => `${title}: power ${power.toFixed(2)}`).join("; ")}</title>
<rect width="100%" height="100%" fill="white"/>
${curves.map((curve, index) => chart(curve, GAP + index * (WIDTH + GAP))).join("\n")}
</svg>
`;
}

/** The power by which figures grow with a size: the slope of the straight line through their logarithms, by least squares. */
export function powerOf(points: Curve["points"]): number {
  const logs = points.map(([size, figure]) => [Math.log(size), Math.log(figure)] as const);
  const [x, y] = ([0, 1] as const).map((axis) => mean(logs.map((log) => log[axis]))) as [number, number];
  const slope = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return slope / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

function chart({ title, points, power }: Curve, left: number): string {
  const [xs, ys] = [points.map(([size]) => size), points.map(([, figure]) => figure)];
  // At least a factor of ten, so that what hardly changes looks so.
  const [low, high] = [Math.min(...ys), Math.max(...ys, Math.min(...ys) * 10)];
  const x = (size: number): number => left + WIDTH * share(size, Math.min(...xs), Math.max(...xs));
  const y = (figure: number): number => GAP + HEIGHT * (1 - share(figure, low, high));
  const dots = points.map(
    ([size, figure]) => `<circle cx="${x(size).toFixed(1)}" cy="${y(figure).toFixed(1)}" r="3"/>`,
  );
  const names = points.map(
    ([size, figure]) =>
      `<text x="${x(size).toFixed(1)}" y="${(y(figure) - 8).toFixed(1)}" text-anchor="middle">${Number(figure.toPrecision(3))}</text>` +
      `<text x="${x(size).toFixed(1)}" y="${GAP + HEIGHT + 16}" text-anchor="middle">${size}</text>`,
  );
  const middleSize = Math.exp(mean(xs.map(Math.log)));
  const middleFigure = Math.exp(mean(ys.map(Math.log)));
  const fitted = (size: number): number => middleFigure * (size / middleSize) ** power;
  const [from, to] = [Math.min(...xs), Math.max(...xs)].map((size) => [x(size), y(fitted(size))]) as [
    number[],
    number[],
  ];
  const [[x1 = 0, y1 = 0], [x2 = 0, y2 = 0]] = [from, to];
  return `<text x="${left}" y="${GAP - 28}" font-size="13">${title}: power ${power.toFixed(2)}</text>
<path d="M${left} ${GAP}V${GAP + HEIGHT}H${left + WIDTH}" fill="none" stroke="#888"/>
<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#36c" stroke-dasharray="4 3"/>
<g fill="#36c">${dots.join("")}</g>
${names.join("\n")}`;
}

/** Where a figure lies between two others, by logarithms. */
function share(figure: number, low: number, high: number): number {
  return low === high ? 0.5 : Math.log(figure / low) / Math.log(high / low);
}

function mean(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}
