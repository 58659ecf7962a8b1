/** A small graph as SVG, both axes logarithmic, readable on light and dark pages. */

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn dashed, for what is measured against. */
  readonly isLimit?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly xAxis: string;
  readonly yAxis: string;
  readonly lines: readonly Line[];
}

const [width, height] = [640, 320];
const plot = { left: 70, right: 610, top: 56, bottom: 262 };

const style = `
    text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
    .title { font-weight: 600; }
    .small { font-size: 12px; fill: #57606a; }
    .paper { fill: #ffffff; stroke: #d0d7de; }
    .grid { stroke: #d0d7de; }
    .line { fill: none; stroke-width: 2; stroke: #0969da; }
    .dot { fill: #0969da; }
    .limit { fill: none; stroke-width: 2; stroke: #9a6700; stroke-dasharray: 6 4; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .small { fill: #9198a1; }
      .paper { fill: #0d1117; stroke: #3d444d; }
      .grid { stroke: #3d444d; }
      .line { stroke: #4493f8; }
      .dot { fill: #4493f8; }
      .limit { stroke: #d29922; }
    }
  `;

/** The chart as the text of an SVG file; its description tells the points, for who cannot see them. */
export function lineChart({ title, xAxis, yAxis, lines }: Chart): string {
  const points = lines.flatMap((line) => line.points);
  const x = logScale(
    points.map(([value]) => value),
    plot.left,
    plot.right,
  );
  const y = logScale(
    points.map(([, value]) => value),
    plot.bottom,
    plot.top,
  );
  const described = lines.map((line) => `${line.name}: ${line.points.map(([a, b]) => `${show(a)}: ${show(b)}`).join(', ')}.`);
  const grid = [
    ...x.ticks.map(
      (tick) =>
        `<path class="grid" d="M${x.at(tick)} ${plot.top}V${plot.bottom}"/><text class="small" x="${x.at(tick)}" y="${plot.bottom + 18}" text-anchor="middle">${show(tick)}</text>`,
    ),
    ...y.ticks.map(
      (tick) =>
        `<path class="grid" d="M${plot.left} ${y.at(tick)}H${plot.right}"/><text class="small" x="${plot.left - 8}" y="${y.at(tick) + 4}" text-anchor="end">${show(tick)}</text>`,
    ),
  ];
  const drawn = lines.map((line, n) => {
    const path = line.points.map(([a, b], step) => `${step === 0 ? 'M' : 'L'}${x.at(a)} ${y.at(b)}`).join(' ');
    const dots =
      line.isLimit === true
        ? ''
        : line.points.map(([a, b]) => `<circle class="dot" cx="${x.at(a)}" cy="${y.at(b)}" r="4"/>`).join('');
    const kind = line.isLimit === true ? 'limit' : 'line';
    const [keyX, keyY] = [plot.left + 14, plot.top + 16 + n * 20];
    const key = `<path class="${kind}" d="M${keyX} ${keyY}h28"/><text x="${keyX + 36}" y="${keyY + 4}">${asXml(line.name)}</text>`;
    return `<path class="${kind}" d="${path}"/>${dots}${key}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">
  <title id="title">${asXml(title)}</title>
  <desc id="desc">${asXml(described.join(' '))}</desc>
  <style>${style}</style>
  <rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
  <text class="title" x="16" y="24">${asXml(title)}</text>
  <text class="small" x="16" y="44">${asXml(yAxis)}</text>
  <text class="small" x="${(plot.left + plot.right) / 2}" y="${height - 16}" text-anchor="middle">${asXml(xAxis)}</text>
  ${[...grid, ...drawn].join('\n  ')}
</svg>
`;
}

/** Whole powers of ten around the values. */
function logScale(
  values: readonly number[],
  from: number,
  to: number,
): { at: (value: number) => number; ticks: readonly number[] } {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const ticks = Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n));
  return { ticks, at: (value) => Math.round(from + ((Math.log10(value) - low) / (high - low)) * (to - from)) };
}

function show(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 1 });
}

function asXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
